import type { Health } from '../api/types.ts';
import { type Choice, SelectField } from './field.tsx';

interface WindowFieldProps {
  readonly value: Health['window'];
  readonly onChange: (window: Health['window']) => void;
}

const windows: readonly Choice<Health['window']>[] = [
  { value: '1h', label: 'hour' },
  { value: '24h', label: 'day' },
  { value: '7d', label: 'week' },
];

/** Chooses the window that figures are about. */
export function WindowField(props: WindowFieldProps) {
  return (
    <div class="filters">
      <WindowSelect label="In the last" {...props} />
    </div>
  );
}

/** The same for use among other filters. */
export function WindowSelect(props: WindowFieldProps & { readonly label: string }) {
  return <SelectField choices={windows} {...props} />;
}
