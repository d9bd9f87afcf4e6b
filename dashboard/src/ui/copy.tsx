import { useState } from 'preact/hooks';
import { say } from './announcer.tsx';
import { Button } from './button.tsx';
import { UntrustedCode } from './untrusted-text.tsx';

/** @param what the name of what is copied, for screen readers */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setIsCopied(true);
      say(`${what} copied`);
      setTimeout(() => setIsCopied(false), 2_000);
    } catch {
      // Browsers give the clipboard only to pages over HTTPS and from the local machine.
      say(`The browser does not let this page copy: select the ${what} and copy it yourself`);
    }
  };
  return (
    <Button kind="quiet" label={`Copy ${what}`} onClick={copy}>
      {isCopied ? 'Copied' : 'Copy'}
    </Button>
  );
}

/** Text to be copied: an id, a URL, a command. */
export function Copyable({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <span class="copyable">
      <code>
        <UntrustedCode text={text} />
      </code>
      <CopyButton text={text} what={what} />
    </span>
  );
}
