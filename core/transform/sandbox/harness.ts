/**
 * Evaluated in each sandbox before the program is, and keeps what it needs of the language: nothing that the program does to
 * its globals changes how it is called and told about. `say` takes a line of the log; it is all that leads out.
 */
export const HARNESS = String.raw`(function (say, settings) {
  'use strict';
  const { parse, stringify } = JSON;
  const { defineProperty, keys } = Object;
  const { isArray } = Array;
  const { Error: AnyError, SyntaxError: NoJson, String: text } = globalThis;
  const method = (name) => Function.prototype.call.bind(String.prototype[name]);
  const [slice, replaceAll] = [method('slice'), method('replaceAll')];
  const { seed, maxLogs, maxMessageLength, maxResultLength } = parse(settings);

  // sfc32 of PractRand, https://pracrand.sourceforge.net
  let [a, b, c, counter] = seed;
  Math.random = function random() {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };

  // One more than is kept, so that the other side sees that there was more. It reads texts up to the first NUL.
  const short = (value) => replaceAll(slice(text(value), 0, maxMessageLength + 1), '\0', '\uFFFD');

  function shown(value) {
    if (typeof value === 'function') return '[function]';
    if (typeof value !== 'object' || value === null) return text(value);
    if (value instanceof AnyError) return value.message ? value.name + ': ' + value.message : text(value.name);
    try {
      return text(stringify(value));
    } catch {
      return '[object that has no JSON]';
    }
  }

  let logs = 0;
  const logger = (level) => (...values) => {
    if (++logs > maxLogs) return logs === maxLogs + 1 ? say('warn', 'only the first ' + maxLogs + ' lines are kept') : undefined;
    let line = '';
    for (let i = 0; i < values.length; i++) line += (i > 0 ? ' ' : '') + short(shown(values[i]));
    say(level, short(line));
  };
  globalThis.console = {
    log: logger('log'), info: logger('info'), warn: logger('warn'), error: logger('error'), debug: logger('debug'),
  };

  // Read when it is asked for: a program that looks at the body alone pays nothing for it, however large it is.
  function addJson(event, body) {
    const define = (value) => {
      defineProperty(event, 'json', { __proto__: null, value, writable: true, enumerable: true, configurable: true });
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

  // The fields as JSON will have them: what it would leave out is none that the program has left out.
  function fieldsOf(result) {
    const fields = { __proto__: null };
    const names = keys(result);
    for (let i = 0; i < names.length; i++) {
      const value = result[names[i]];
      const isMadeJson = typeof value === 'object' && value !== null && typeof value.toJSON === 'function';
      fields[names[i]] = isMadeJson ? value.toJSON(names[i]) : value;
    }
    return fields;
  }

  function nameOfLeftOut(fields) {
    const names = keys(fields);
    for (let i = 0; i < names.length; i++) {
      const type = typeof fields[names[i]];
      // Programs say so for the usual encoding; nothing of the webhook is sent in its place.
      if (type === 'undefined' && names[i] === 'body_encoding') continue;
      if (type === 'undefined' || type === 'function' || type === 'symbol') return names[i];
    }
  }

  let input;
  let body = '';
  return {
    addBody(piece) {
      body += parse(piece);
    },
    // All but the body.
    setInput(json, mayHaveJson) {
      input = parse(json);
      input.event.body = body;
      if (mayHaveJson) addJson(input.event, body);
    },
    isDefined: () => typeof transform === 'function',
    // Answers with JSON, or with a word that is none.
    call() {
      let result = transform(input.event, input.variables);
      if (result === undefined) return 'nothing';
      if (result !== null && typeof result.then === 'function') return 'promise';
      if (result !== null && typeof result.toJSON === 'function') result = result.toJSON('');
      const hasFields = typeof result === 'object' && result !== null && !isArray(result);
      const fields = hasFields ? fieldsOf(result) : result;
      const leftOut = hasFields ? nameOfLeftOut(fields) : undefined;
      if (leftOut !== undefined) return 'without-json ' + typeof fields[leftOut] + ' ' + short(leftOut);
      const json = stringify(fields);
      if (json === undefined) return 'nothing';
      if (json.length > maxResultLength) return 'oversized';
      const isMadeText = hasFields && typeof fields.body === 'string' && typeof result.body === 'object';
      return isMadeText ? 'made-text ' + json : json;
    },
    describe(thrown) {
      if (!(thrown instanceof AnyError)) return { name: '', message: short(shown(thrown)), stack: '', maker: '' };
      const { name, message, stack, constructor } = thrown;
      return {
        name: short(name) || 'Error', message: short(message), stack: short(stack), maker: short(constructor.name),
      };
    },
  };
})`;
