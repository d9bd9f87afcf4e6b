/**
 * Evaluated in each sandbox before the program. It keeps references to the built-ins it needs, so nothing that the program does to its
 * globals changes how the program is called and its failures are described. `writeLog` takes a log line; it is the only way out.
 */
export const HARNESS = String.raw`(function (writeLog, settings) {
  'use strict';
  const { parse, stringify } = JSON;
  const { defineProperty, keys } = Object;
  const { isArray } = Array;
  const { Error: AnyError, SyntaxError: InvalidJson, String: toText } = globalThis;
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

  // One more character than is kept, so that the host sees the cut. The host reads strings up to the first NUL.
  const short = (value) => replaceAll(slice(toText(value), 0, maxMessageLength + 1), '\0', '\uFFFD');

  function format(value) {
    if (typeof value === 'function') return '[function]';
    if (typeof value !== 'object' || value === null) return toText(value);
    if (value instanceof AnyError) return value.message ? value.name + ': ' + value.message : toText(value.name);
    try {
      return toText(stringify(value));
    } catch {
      return '[object that has no JSON]';
    }
  }

  let logs = 0;
  const logger = (level) => (...values) => {
    if (++logs > maxLogs) return logs === maxLogs + 1 ? writeLog('warn', 'only the first ' + maxLogs + ' lines are kept') : undefined;
    let line = '';
    for (let i = 0; i < values.length; i++) line += (i > 0 ? ' ' : '') + short(format(values[i]));
    writeLog(level, short(line));
  };
  globalThis.console = {
    log: logger('log'), info: logger('info'), warn: logger('warn'), error: logger('error'), debug: logger('debug'),
  };

  // Parsed on first access, so a program that never reads event.json pays nothing for a large body.
  function addJson(event, body) {
    const define = (value) => {
      defineProperty(event, 'json', { __proto__: null, value, writable: true, enumerable: true, configurable: true });
      return value;
    };
    const read = () => {
      try {
        return parse(body);
      } catch (error) {
        if (error instanceof InvalidJson) return undefined;
        throw error;
      }
    };
    defineProperty(event, 'json', { get: () => define(read()), set: define, enumerable: true, configurable: true });
  }

  // The fields after toJSON, so that values which JSON would silently omit can be found.
  function fieldsOf(result) {
    const fields = { __proto__: null };
    const names = keys(result);
    for (let i = 0; i < names.length; i++) {
      const value = result[names[i]];
      const hasToJson = typeof value === 'object' && value !== null && typeof value.toJSON === 'function';
      fields[names[i]] = hasToJson ? value.toJSON(names[i]) : value;
    }
    return fields;
  }

  function findOmitted(fields) {
    const names = keys(fields);
    for (let i = 0; i < names.length; i++) {
      const type = typeof fields[names[i]];
      // Programs set this for the default encoding, and nothing of the webhook is sent instead.
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
    // Everything but the body.
    setInput(json, mayHaveJson) {
      input = parse(json);
      input.event.body = body;
      if (mayHaveJson) addJson(input.event, body);
    },
    isDefined: () => typeof transform === 'function',
    // Returns JSON, or a keyword that is not JSON.
    call() {
      let result = transform(input.event, input.variables);
      if (result === undefined) return 'nothing';
      if (result !== null && typeof result.then === 'function') return 'promise';
      if (result !== null && typeof result.toJSON === 'function') result = result.toJSON('');
      const hasFields = typeof result === 'object' && result !== null && !isArray(result);
      const fields = hasFields ? fieldsOf(result) : result;
      const omitted = hasFields ? findOmitted(fields) : undefined;
      if (omitted !== undefined) return 'omitted-field ' + typeof fields[omitted] + ' ' + short(omitted);
      const json = stringify(fields);
      if (json === undefined) return 'nothing';
      if (json.length > maxResultLength) return 'oversized';
      const isTextJson = hasFields && typeof fields.body === 'string' && typeof result.body === 'object';
      return isTextJson ? 'text-json ' + json : json;
    },
    describe(thrown) {
      if (!(thrown instanceof AnyError)) return { name: '', message: short(format(thrown)), stack: '', constructorName: '' };
      const { name, message, stack, constructor } = thrown;
      return {
        name: short(name) || 'Error',
        message: short(message),
        stack: short(stack),
        constructorName: short(constructor.name),
      };
    },
  };
})`;
