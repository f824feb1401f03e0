// The GraphQL over HTTP audit of the package graphql-http, against one running hub.
// Usage: node audit.mjs FOLDER URL TOKEN, where FOLDER holds node_modules.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [folder, url, token] = process.argv.slice(2);
const { serverAudits } = createRequire(`${resolve(folder)}/`)('graphql-http');

// Every question needs a token and a purpose; the audit knows of neither.
const fetchFn = (address, options = {}) =>
  fetch(address, {
    ...options,
    headers: { ...options.headers, authorization: `Bearer ${token}`, 'data-purpose': 'audit' },
  });

const kinds = {};
const missed = [];
for (const audit of serverAudits({ url, fetchFn })) {
  const kind = audit.name.split(' ')[0];
  const result = await audit.fn();
  kinds[kind] ??= { passed: 0, all: 0 };
  kinds[kind].all += 1;
  if (result.status === 'ok') kinds[kind].passed += 1;
  else missed.push(`  ${result.status}: ${audit.name}: ${result.reason}`);
}
for (const [kind, { passed, all }] of Object.entries(kinds)) console.log(`${kind}: ${passed} of ${all}`);
for (const line of missed) console.log(line);
process.exit(kinds.MUST.passed === kinds.MUST.all ? 0 : 1);
