/**
 * Names of headers, query parameters and variables whose values may give access. One rule for all places that show
 * values, so that what is masked in one can't be read in another.
 */

/** Anywhere in a name. */
const SECRET_PART =
  /token|secret|passw|passphrase|passcode|pwd|credential|cookie|session|jwt|bearer|authorization|api[-_.]?key/i;

/** The last word of a name: `Paypal-Auth-Algo` and `X-Author` give nothing away. */
const SECRET_LAST_WORD = /(^|[^a-z])(auth|authentication|pass|otp)[^a-z]*$/i;

/**
 * At the end of a name, because `apikey` is one word: `X-Functions-Key` and `Ocp-Apim-Subscription-Key`, but not `X-Key-Id` or
 * `monkeys`.
 */
const KEY = /key[^a-z]*$/i;

/**
 * Keys that identify things but give no access; people search for webhooks by them. `X-Event-Key` is what Bitbucket calls
 * the type of an event.
 */
const KEY_OF_EQUALS =
  /(^|[^a-z])(idempotency|event|dedup(e|lication)?|cache|surrogate|partition|ordering)[^a-z]*key[^a-z]*$/i;

/** CORS headers, which only say what is allowed. https://fetch.spec.whatwg.org/#http-access-control-allow-credentials */
const ALLOWANCE = /^access-control-(allow|expose|max|request)-/i;

/** Signatures are not secret: they are shown, because they are worthless with another message. */
export function isSecretName(name: string): boolean {
  if (ALLOWANCE.test(name)) return false;
  const isKey = KEY.test(name) && !KEY_OF_EQUALS.test(name);
  return isKey || SECRET_PART.test(name) || SECRET_LAST_WORD.test(withWords(name));
}

/** `userPass` has the words of `user-Pass`. */
function withWords(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1-$2');
}
