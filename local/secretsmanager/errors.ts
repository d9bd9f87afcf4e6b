import { AwsError } from '../wire/aws-error.ts';
import type { InputProblem } from '../wire/parse-input.ts';

export function valueNotFound(what: string): AwsError {
  return refusal('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${what}`);
}

export function invalidMember({ kind, path, reason }: InputProblem): AwsError {
  const member = path.slice(0, 1).toLowerCase() + path.slice(1);
  const constraint = kind === 'missing' ? 'Member must not be null' : reason;
  return refusal(
    'ValidationException',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

/** This service writes the message with a capital letter. */
export function refusal(code: string, message: string): AwsError {
  return new AwsError(code, message, 400, { Message: message });
}
