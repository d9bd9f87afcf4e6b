import { signal } from '@preact/signals';

const message = signal('');
let clearing: ReturnType<typeof setTimeout> | undefined;

/** Says what has happened, on screen and to screen readers. */
export function say(text: string): void {
  message.value = text;
  clearTimeout(clearing);
  clearing = setTimeout(() => {
    message.value = '';
  }, 5_000);
}

/** Always on the page, because a live region that appears together with its text is not read out. */
export function Announcer() {
  return (
    <output class="announcer" aria-live="polite">
      {message.value && <span class="toast">{message.value}</span>}
    </output>
  );
}
