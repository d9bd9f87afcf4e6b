/**
 * QuickJS gets the time from Emscripten, which uses the `Date` of its thread. So that `Date` is stopped and set to UTC; the thread has no
 * other use for it.
 */
export function stopClock(): { set(iso: string | undefined): void } {
  let nowMs = 0;
  Date.now = () => nowMs;
  Date.prototype.getTimezoneOffset = () => 0;
  Date.prototype.getFullYear = Date.prototype.getUTCFullYear;
  Date.prototype.getMonth = Date.prototype.getUTCMonth;
  Date.prototype.getDate = Date.prototype.getUTCDate;
  Date.prototype.getDay = Date.prototype.getUTCDay;
  Date.prototype.getHours = Date.prototype.getUTCHours;
  Date.prototype.getMinutes = Date.prototype.getUTCMinutes;
  Date.prototype.getSeconds = Date.prototype.getUTCSeconds;
  return {
    set(iso) {
      nowMs = iso === undefined ? 0 : Date.parse(iso);
    },
  };
}
