import * as z from 'zod';

/** Takes the function's ARN out of `arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function ARN}/invocations`. */
export const lambdaIntegrationUri = z
  .templateLiteral([
    'arn:aws:apigateway:',
    z.string(),
    ':lambda:path/2015-03-31/functions/',
    z.string(),
    '/invocations',
  ])
  .transform((uri) => uri.slice(uri.indexOf('/functions/') + '/functions/'.length, -'/invocations'.length));
