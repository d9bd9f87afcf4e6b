import type { Health } from '../api/types.ts';
import { SelectField } from './field.tsx';

interface WindowFieldProps {
  readonly value: Health['window'];
  readonly onChange: (window: Health['window']) => void;
}

/** The time that figures are about. */
export function WindowField({ value, onChange }: WindowFieldProps) {
  return (
    <div class="filters">
      <SelectField
        label="In the last"
        value={value}
        onChange={onChange}
        choices={[
          { value: '1h', label: 'hour' },
          { value: '24h', label: 'day' },
          { value: '7d', label: 'week' },
        ]}
      />
    </div>
  );
}
