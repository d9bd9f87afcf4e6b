/**
 * Rules that other implementations are known to break. For each implementation there are reasons, each with the names of its
 * rules. The embedded service has none. Select a list with `HAWSER_BEHAVIOUR_SQS_NAME` in addition to
 * `HAWSER_BEHAVIOUR_SQS_ENDPOINT`.
 */
const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'elasticmq-1.6.12': {
    'it has FIFO queues and message move tasks, and other parameters of its own': [
      'FIFO queues are not implemented',
      'message move tasks are refused with 501',
      'a parameter that is not honoured is refused with 501',
    ],
    'it refuses MessageGroupId on a standard queue, so it has no fair queues': [
      'a group with a backlog and many messages in flight does not delay the others',
      'a noisy group gets what the others leave',
      'every message is received once',
      'a receive returns the requested system attributes',
      'a message goes to the dead-letter queue with the receive after the last one allowed',
      'an invalid group id is refused',
    ],
    'it knows the limits of before August 2025: 256 KiB for a message and for a batch': [
      'a message may be 1 MiB long, attributes included, and not a byte more',
      'a batch may be 1 MiB in total',
    ],
    'it has no MaximumMessageSize, redrive allow policy or unsetting of the redrive policy, and checks no ranges': [
      'a queue has the documented defaults',
      'attributes can be changed and read by name',
      "a message may be as long as the queue's own limit",
      'attributes outside their limits are refused',
      'FifoQueue is unknown to a standard queue',
      'an empty redrive policy removes it',
      'a redrive allow policy is obeyed',
      'a receive may set its own timeout',
      'only the invalid entries of a batch fail',
      'the ids of a batch must be distinct and simple',
      'a message attribute with a reserved name is refused',
      'a message attribute with a name with a space is refused',
    ],
    'it returns another error than the one recorded from AWS': [
      'the same name with another attribute is refused',
      'a name is letters, digits, hyphens and underscores',
      'unknown attributes are refused',
      'a dead-letter queue must exist',
      'maxReceiveCount is between 1 and 1000',
      'a receive returns one message by default, and ten at most',
      'a change for a deleted message is refused',
      'a long poll lasts 20 seconds at most',
      'a message without a body is refused',
      'a message with characters outside of XML 1.0 is refused',
      'a deduplication id is refused on a standard queue',
      'a message has at most ten attributes',
      'a message attribute with an empty value is refused',
      'a message attribute with an unknown type is refused',
      'a message attribute with a number that is not numeric is refused',
      'a message attribute with a string value for a binary type is refused',
      'a batch sends up to ten messages',
    ],
    'it ignores MaxResults of ListQueues': ['queues are listed page by page, by name prefix'],
    'it knows no prefixes in MessageAttributeNames': [
      'message attributes are returned only on request, by name or prefix',
    ],
    'it returns an empty list where AWS leaves the member out': ['an empty queue returns no messages'],
    'it extends a timeout that has run out': ['a change after the timeout ran out is accepted without effect'],
    'it refuses a handle that was superseded, where AWS documents success without effect': [
      'a message can be deleted after its timeout, unless it was received again',
    ],
  },
};

/** The names of the rules to skip. */
export function exceptionsOf(implementation: string | undefined): ReadonlySet<string> {
  return new Set(Object.values(EXCEPTIONS[implementation ?? ''] ?? {}).flat());
}
