import type { ErrorDetail } from '../api-error.ts';
import { withHeaders } from '../deliveries/delivery-headers.ts';
import type { HttpMethod } from '../http-method.ts';
import { isMaskedForm, MASKED_FORM } from '../secrets/masking.ts';
import type { Signing } from '../signing/signing-fields.ts';
import { type DestinationTemplate, isRequired, type TemplateVariable } from './destination-template.ts';
import { findTemplate } from './registry.ts';

export type VariableValues = Readonly<Record<string, string>>;

/** The settings of a request that a template may fill in. */
export interface GivenSettings {
  readonly template: string | null;
  readonly template_variables: VariableValues;
  readonly name?: string | undefined;
  readonly url?: string | undefined;
  readonly method?: HttpMethod | null | undefined;
  readonly headers: VariableValues;
  readonly signing?: Signing | undefined;
}

export interface FilledInSettings {
  readonly name: string | undefined;
  readonly url: string;
  readonly method: HttpMethod | null;
  readonly headers: Record<string, string>;
  readonly signing: Signing;
  /** The variables that the payload uses. */
  readonly template_variables: VariableValues;
}

/** The settings of a new destination: the request takes precedence over the template, and the template over the defaults. */
export function fillIn(given: GivenSettings): { filledIn: FilledInSettings } | { problems: readonly ErrorDetail[] } {
  const template = given.template === null ? undefined : findTemplate(given.template);
  const variables = template?.variables ?? [];
  const values = withDefaults(variables, given.template_variables);
  const prefilled = template?.url.prefilled;
  const url = given.url ?? (prefilled ? substitute(prefilled, values) : undefined);
  const problems = [...variableProblems(variables, given.template_variables), ...urlProblems(template, given.url)];
  if (url === undefined || problems.length > 0) return { problems };
  return {
    filledIn: {
      name: given.name ?? template?.name,
      url,
      method: given.method === undefined ? (template?.method ?? null) : given.method,
      headers: mergedHeaders(template?.headers ?? {}, values, given.headers),
      signing: given.signing ?? template?.signing ?? { scheme: 'standard' },
      template_variables: template ? payloadValues(template, given.template_variables) : {},
    },
  };
}

/** The variables that a template's payload receives: values of the request, and defaults. */
export function payloadValues(template: DestinationTemplate, given: VariableValues): VariableValues {
  return withDefaults(payloadVariables(template), given);
}

export function payloadVariables({ variables }: DestinationTemplate): readonly TemplateVariable[] {
  return variables.filter(({ goesTo }) => goesTo === 'payload');
}

/** The problems of the given values. @param variables empty if there is no template */
export function variableProblems(variables: readonly TemplateVariable[], given: VariableValues): ErrorDetail[] {
  const names = variables.map(({ name }) => name);
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  const known = names.length > 0 ? `the template has: ${names.join(', ')}` : 'there are none';
  return [
    ...unknown.map((name) => problemOf(name, `is not a known variable; ${known}`)),
    ...variables.flatMap((variable) => {
      const problem = valueProblem(variable, given[variable.name]);
      return problem === undefined ? [] : [problemOf(variable.name, problem)];
    }),
  ];
}

function problemOf(name: string, problem: string): ErrorDetail {
  return { path: `template_variables.${name}`, problem };
}

function valueProblem(variable: TemplateVariable, value: string | undefined): string | undefined {
  if (value === undefined)
    return isRequired(variable) ? `is needed by the template: ${variable.description}` : undefined;
  if (isMaskedForm(value)) return MASKED_FORM;
  const { accepts } = variable;
  if ('values' in accepts) {
    return accepts.values.includes(value) ? undefined : `must be one of: ${accepts.values.join(', ')}`;
  }
  return new RegExp(accepts.pattern).test(value)
    ? undefined
    : `must be ${accepts.patternInWords}, such as ${variable.example}`;
}

function urlProblems(template: DestinationTemplate | undefined, given: string | undefined): ErrorDetail[] {
  const problem = urlProblem(template, given);
  return problem === undefined ? [] : [{ path: 'url', problem }];
}

/** Checks a given URL. A prefilled one is valid if its variables are. */
function urlProblem(template: DestinationTemplate | undefined, given: string | undefined): string | undefined {
  if (!template) return given === undefined ? 'is required without a template' : undefined;
  const { pattern, patternInWords, example, prefilled } = template.url;
  if (given === undefined) {
    return prefilled === null ? `is needed by the template: ${patternInWords}, such as ${example}` : undefined;
  }
  if (new RegExp(pattern).test(given)) return undefined;
  return `is not a URL of ${template.name}: it must be ${patternInWords}, such as ${example}`;
}

function mergedHeaders(own: VariableValues, values: VariableValues, given: VariableValues): Record<string, string> {
  const ownFilled = Object.entries(own).map(([name, value]): [string, string] => [name, substitute(value, values)]);
  return Object.fromEntries(withHeaders(ownFilled, Object.entries(given)));
}

function withDefaults(variables: readonly TemplateVariable[], given: VariableValues): VariableValues {
  return Object.fromEntries(
    variables.flatMap(({ name, default: preset }) => {
      const value = given[name] ?? preset;
      return value === null ? [] : [[name, value]];
    }),
  );
}

/** Leaves a variable without a value as it is: the request is refused then. */
function substitute(text: string, values: VariableValues): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
