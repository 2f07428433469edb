/** The OpenAPI 3.1 document, made of the rows of the table. Pure. */
import { JSON_TYPE } from './headers.ts';
import type { Access, Route, Schema } from './route.ts';
import { schemas } from './schemas.ts';

const meanings: Readonly<Record<number, string>> = {
  200: 'It is answered.',
  400: 'The query or the body is wrong.',
  401: 'A token is needed, or it is another one.',
  403: 'It is not allowed here.',
  404: 'There is no such thing.',
  409: 'As many do it already as may.',
  503: 'Not now.',
};

/** Beyond what the handler answers. */
const refusals: Readonly<Record<Access, readonly number[]>> = {
  anybody: [],
  reader: [401],
  operator: [401, 403],
  socket: [403],
};

const whoMay: Readonly<Record<Access, string>> = {
  anybody: '',
  reader: '',
  operator: ' Over TCP only with xlb_http_actions and a token.',
  socket: ' On the control socket only.',
};

export function openApi(routes: readonly Route[], version: string): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    if (route.undocumented) continue;
    paths[route.path] ??= {};
    Object.assign(paths[route.path] ?? {}, { [route.method.toLowerCase()]: operation(route) });
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'xlb',
      version,
      description:
        'A director as it is now. The same is answered on the control socket and over TCP (xlb_http).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{}, { token: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'What is in the file of xlb_http_token.' },
      },
    },
  };
}

function operation({ path, method, may, does, parameters = {}, query = {}, body, ...route }: Route): unknown {
  const named = (place: string, rows: Readonly<Record<string, Schema>>) =>
    Object.entries(rows).map(([name, { description, ...schema }]) => ({
      name,
      in: place,
      required: place === 'path',
      ...(description === undefined ? {} : { description }),
      schema,
      ...(schema['type'] === 'boolean' ? { allowEmptyValue: true } : {}),
    }));
  const codes = [...new Set([...Object.keys(route.answers).map(Number), ...refusals[may]])].toSorted();
  return {
    operationId: operationId(method, path),
    summary: `${does}${whoMay[may]}`,
    ...(may === 'anybody' ? { security: [] } : {}),
    ...(may === 'operator' ? { security: [{ token: [] }] } : {}),
    parameters: [...named('path', parameters), ...named('query', query)],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { [JSON_TYPE]: { schema: body } } } }),
    responses: Object.fromEntries(codes.map((code) => [code, response(code, route)])),
  };
}

function response(
  code: number,
  { answers, contentType = JSON_TYPE }: Pick<Route, 'answers' | 'contentType'>,
) {
  const answer = answers[code] ?? 'Error';
  const schema = typeof answer === 'string' ? { $ref: `#/components/schemas/${answer}` } : answer;
  const type = code === 200 ? contentType : JSON_TYPE;
  return { description: meanings[code] ?? '', content: { [type]: { schema } } };
}

/** get_virtual_servers_virtual_server. */
function operationId(method: string, path: string): string {
  const words = path.replace(/^\/(api\/v1\/)?/, '').match(/\w+/g) ?? [];
  return [method.toLowerCase(), ...words].join('_');
}
