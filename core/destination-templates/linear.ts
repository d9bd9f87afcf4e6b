import type { DestinationTemplate } from './destination-template.ts';
import { CLIP, FENCED, TEXT_OF, TITLE_OF } from './snippets.ts';

/**
 * Linear sends webhooks, but accepts none: issues are created by a mutation of its GraphQL API.
 * https://linear.app/developers/graphql
 *
 * It documents no limits. Of a title, 255 characters are shown; a description should stay readable for people.
 */
const code = String.raw`function transform(event, variables) {
  return {
    headers: { 'content-type': 'application/json' },
    body: {
      query: 'mutation IssueCreate($input: IssueCreateInput!) { issueCreate(input: $input) { success issue { id } } }',
      variables: {
        input: {
          teamId: variables.team_id,
          title: titleOf(event, 255),
          description: fenced(textOf(event, 20000)) + '\n\n[' + event.id + '](' + event.url + ')',
        },
      },
    },
  };
}
`;

export const linear: DestinationTemplate = {
  id: 'linear',
  name: 'Linear',
  type: 'http',
  description:
    'Creates an issue for each event through the GraphQL API. It may answer 200 to a mutation that failed, and has no idempotency key: a repeated delivery creates a second issue.',
  documentationUrl: 'https://linear.app/developers/graphql',
  url: {
    prefilled: 'https://api.linear.app/graphql',
    pattern: String.raw`^https://api\.linear\.app/graphql$`,
    patternInWords: 'the URL of the GraphQL API',
    example: 'https://api.linear.app/graphql',
  },
  method: 'POST',
  headers: { Authorization: '{api_key}' },
  signing: { scheme: 'none' },
  variables: [
    {
      name: 'api_key',
      description: 'A personal API key, or Bearer followed by an OAuth access token.',
      isSecret: true,
      goesTo: 'headers',
      default: null,
      accepts: {
        pattern: '^(Bearer )?[A-Za-z0-9._~+/=-]{16,2048}$',
        patternInWords: 'a key of at least 16 characters without spaces, or Bearer followed by a token',
      },
      example: 'lin_api_0123456789abcdefghijklmnopqrstuvwxyzABCD',
    },
    {
      name: 'team_id',
      description: 'The id of the team for the issues: a UUID, not the prefix of its issue numbers.',
      isSecret: false,
      goesTo: 'payload',
      default: null,
      accepts: {
        pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
        patternInWords: 'a UUID in lower-case hex digits',
      },
      example: '9cfb482a-81e3-4154-b5b9-2c805e70a02d',
    },
  ],
  payload: { code: code + CLIP + TITLE_OF + TEXT_OF + FENCED, isRequired: true },
};
