/** Why a delivery ended, or why a replay failed or skipped it, in words: docs/api.md, Deliveries and Replays. */
const words: Readonly<Record<string, string>> = {
  retries_exhausted: 'no retries left',
  permanent_failure: 'it failed in a way that no retry can fix',
  not_retried: 'its destination does not retry such failures',
  event_expired: 'its event had expired',
  filter_failed: 'the filter of its connection could not be evaluated for it',
  transform_failed: 'the transform of its connection, or the template of its destination, failed',
  processing_failed: 'Hawser itself failed',
  destination_deleted: 'its destination was deleted',
  destination_archived: 'its destination was archived',
  by_request: 'somebody has cancelled it',
  discarded: 'somebody has discarded its dead letter',
  step_failed: 'Hawser itself failed',
  attempted_since: 'somebody else has sent or discarded it since the replay began',
  dropped_by_transform: 'the transform of its connection drops its event',
};

/** A reason that only a newer version knows is shown as it is. */
export function describeReason(reason: string): string {
  return words[reason] ?? reason.replaceAll('_', ' ');
}
