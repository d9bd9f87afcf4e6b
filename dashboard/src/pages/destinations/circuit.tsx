import { useAction } from '../../api/action.ts';
import type { Resource } from '../../api/resource.ts';
import type { Circuit } from '../../api/types.ts';
import { mayWrite } from '../../session/session.ts';
import { say } from '../../ui/announcer.tsx';
import { Button } from '../../ui/button.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { Time } from '../../ui/time.tsx';
import { CircuitBadge, failuresOf, OpenSince } from './state.tsx';

interface CircuitSectionProps {
  readonly id: string;
  readonly circuit: Resource<Circuit>;
}

/** Whether deliveries are held because the destination fails, and a button to go on at once. */
export function CircuitSection({ id, circuit }: CircuitSectionProps) {
  const { value } = circuit;
  const resetting = useAction(async (post) => {
    circuit.replace(await post<Circuit>(`/v1/destinations/${id}/circuit/reset`));
    say('The circuit is closed, and what was held is being sent');
  }, value && `${value.state} ${value.opened_at}`);
  return (
    <>
      <h2>Circuit breaker</h2>
      {circuit.problem && <ProblemNote problem={circuit.problem} onRetry={circuit.reload} />}
      {resetting.problem && <ProblemNote problem={resetting.problem} />}
      {value && (
        <p>
          {value.state === 'closed' && <Closed circuit={value} />}
          {value.state !== 'closed' && (
            <>
              <OpenSince {...value} />: deliveries are held.{' '}
              {value.state === 'open' && (
                <>
                  The next probe is due <Time at={value.next_probe_at} />{' '}
                </>
              )}
            </>
          )}
          {value.state !== 'closed' && mayWrite() && (
            <Button onClick={() => resetting.run()} isBusy={resetting.isBusy}>
              Close it and send what is held
            </Button>
          )}
        </p>
      )}
    </>
  );
}

function Closed({ circuit }: { readonly circuit: Circuit }) {
  return (
    <>
      <CircuitBadge state="closed" />
      {circuit.failure_count === 0 ? ': nothing is held because of failures.' : `; ${failuresOf(circuit)}.`}
    </>
  );
}
