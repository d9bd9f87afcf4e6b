/**
 * Evaluated in each sandbox before the program is, and keeps what it needs of the language, so that nothing that the program
 * does to its globals changes how it is called and told about. Gets nothing but `say`, which takes a line of the log.
 */
export const HARNESS = String.raw`(function (say, seed, maxLength, maxMessageLength) {
  'use strict';
  const { parse, stringify } = JSON;
  const { defineProperty } = Object;
  const { Error: AnyError, SyntaxError: NoJson, String: text } = globalThis;
  const slice = Function.prototype.call.bind(String.prototype.slice);
  const replace = Function.prototype.call.bind(String.prototype.replaceAll);

  // sfc32 by Chris Doty-Humphrey (PractRand), seeded from the event's id: https://pracrand.sourceforge.net
  let [a, b, c, d] = seed;
  function random() {
    const sum = (a + b + d++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum | 0;
    return (sum >>> 0) / 4294967296;
  }
  defineProperty(Math, 'random', { value: random, writable: true, configurable: true });

  function shown(value) {
    if (typeof value === 'function') return '[function]';
    if (typeof value !== 'object' || value === null) return text(value);
    if (value instanceof AnyError) return value.message ? text(value.name) + ': ' + text(value.message) : text(value.name);
    try {
      return text(stringify(value));
    } catch {
      return '[object that has no JSON]';
    }
  }

  // One more than is kept, so that the other side sees that it was longer. Texts end at NUL where they leave the sandbox.
  const short = (value) => replace(slice(text(value), 0, maxMessageLength + 1), '\0', '\uFFFD');

  const logger = (level) => (...values) => {
    let line = '';
    for (let i = 0; i < values.length; i++) line += (i > 0 ? ' ' : '') + shown(values[i]);
    say(level, short(line));
  };
  globalThis.console = {
    log: logger('log'), info: logger('info'), warn: logger('warn'), error: logger('error'), debug: logger('debug'),
  };

  // Parsed when it is asked for: a program that reads the body alone pays nothing, however large it is.
  function addJson(event) {
    const { body } = event;
    const define = (value) => {
      defineProperty(event, 'json', { value, writable: true, enumerable: true, configurable: true });
      return value;
    };
    const read = () => {
      try {
        return parse(body);
      } catch (error) {
        if (error instanceof NoJson) return undefined;
        throw error;
      }
    };
    defineProperty(event, 'json', { get: () => define(read()), set: define, enumerable: true, configurable: true });
  }

  // What comes back is JSON, or a word that is none.
  function call(transform, input, hasJson) {
    const { event, variables } = parse(input);
    if (hasJson) addJson(event);
    const result = transform(event, variables);
    if (result === undefined) return 'nothing';
    if (result !== null && typeof result.then === 'function') return 'promise';
    const json = stringify(result);
    if (json === undefined) return 'nothing';
    return json.length > maxLength ? 'oversized' : json;
  }

  function describe(thrown) {
    const isError = thrown instanceof AnyError;
    return {
      kind: isError ? 'error' : 'value',
      name: isError ? short(thrown.name) : '',
      message: short(isError ? thrown.message : shown(thrown)),
      stack: isError ? short(thrown.stack) : '',
    };
  }

  return { call, describe };
})`;
