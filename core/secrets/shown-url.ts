import { covers, type Scope } from '../access/api-key.ts';
import { MASK } from './masking.ts';
import { isSecretName } from './secret-name.ts';

/**
 * URLs as they are shown in logs, and in answers to keys that may only read. A webhook's URL may be the only secret that its
 * receiver asks for, and not everybody who may read an attempt should be able to send there.
 */

/**
 * The URL of a destination may be four times as long, and a transform may add 8,000 characters, but attempts are billed
 * by the size of their row.
 */
export const MAX_SHOWN_URL_LENGTH = 512;

/**
 * Names of query parameters, or parts of names, that give access in URLs but not everywhere: a signed URL needs nothing but its
 * signature. Azure Functions use `code`, and Azure Logic Apps `sig`. In a URL, every key counts as secret except an idempotency
 * key.
 */
const SECRET_IN_A_URL = /signature|(^|[^a-z])(sig|hmac)\]?$|(?<!idempotency[^a-z]*)key[^a-z]*$|^code$/i;

/**
 * Services that accept anything sent to the right path. What follows the part that `shown` matches is masked. `shown` may match
 * nothing, so that a path of another form is masked as a whole.
 */
const SECRET_PATHS: readonly { readonly host: RegExp; readonly shown: RegExp }[] = [
  // https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and Workflow Builder
  { host: /^hooks\.slack(-gov)?\.com$/, shown: /^\/((services|triggers|workflows)\/)?/ },
  // https://docs.discord.com/developers/resources/webhook#execute-webhook
  { host: /(^|\.)discord(app)?\.com$/, shown: /^\/(api\/(v\d+\/)?webhooks\/)?/ },
  { host: /^hooks\.zapier\.com$/, shown: /^\/(hooks\/(catch|standard)\/)?/ },
  // https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
  { host: /(^|\.)webhook\.office\.com$|^outlook\.office(365)?\.com$/, shown: /^\/(webhook(b2)?\/)?/ },
  // https://help.make.com/webhooks
  { host: /^hook\.([a-z0-9-]+\.)?(make\.com|integromat\.com)$/, shown: /^\// },
  // https://ifttt.com/maker_webhooks
  { host: /^maker\.ifttt\.com$/, shown: /^\/(trigger\/[^/]+\/(json\/)?with\/key\/)?/ },
  // https://core.telegram.org/bots/api#making-requests
  { host: /^api\.telegram\.org$/, shown: /^\/((file\/)?bot)?/ },
];

/**
 * A URL without what may give access: user name and password, parameters with secret names, and the paths of services whose URL
 * is the secret. The rest stays as it is spelled, up to `MAX_SHOWN_URL_LENGTH`.
 * @param secretParameters further names, in lower case, such as the one that a destination authenticates with
 */
export function shownUrl(url: URL, secretParameters: ReadonlySet<string> = new Set()): string {
  return shownTarget(maskedUrl(url, secretParameters));
}

function maskedUrl(url: URL, secretParameters?: ReadonlySet<string>): string {
  const user = url.username || url.password ? `${MASK}@` : '';
  const query = url.search && `?${shownQuery(url.search.slice(1), secretParameters)}`;
  // A fragment is never sent.
  return `${url.protocol}//${user}${url.host}${shownPath(url)}${query}`;
}

/**
 * The URL of a destination as a key of this scope sees it: keys that may change the destination see it whole. For
 * others it is masked, but left as it was given if there is nothing to mask.
 */
export function urlShownTo(scope: Scope, url: string): string {
  if (covers(scope, 'write')) return url;
  const masked = maskedUrl(new URL(url));
  return masked.includes(MASK) ? shownTarget(masked) : url;
}

function shownPath({ hostname, pathname }: URL): string {
  const host = hostname.replace(/\.$/, '');
  const service = SECRET_PATHS.find((one) => one.host.test(host));
  const [shown = ''] = service?.shown.exec(pathname) ?? [pathname];
  return shown.length < pathname.length ? `${shown}${MASK}` : shown;
}

/** A query without its question mark, masked by the same rule but not shortened. */
export function shownQuery(query: string, secretParameters: ReadonlySet<string> = new Set()): string {
  return query.replace(/(^|&)([^=&]*)=([^&]*)/g, (parameter, before: string, name: string, value: string) => {
    const decoded = decodedName(name);
    const isSecret =
      isSecretName(decoded) || SECRET_IN_A_URL.test(decoded) || secretParameters.has(decoded.toLowerCase());
    return isSecret && value !== '' ? `${before}${name}=${MASK}` : parameter;
  });
}

/** Decoded as the receiver decodes it: a name that is spelled differently is no less secret. */
function decodedName(name: string): string {
  const [[decoded = ''] = []] = new URLSearchParams(`${name}=`);
  return decoded;
}

/** For targets without secrets: a queue, an object in a bucket, an event bus. */
export function shownTarget(text: string): string {
  return text.length > MAX_SHOWN_URL_LENGTH ? `${text.slice(0, MAX_SHOWN_URL_LENGTH - 1)}…` : text;
}
