// GraphiQL with the two headers every question needs. Nothing is kept beyond the page: no local storage, no cookie.
'use strict';

const memory = new Map();
const storage = {
  getItem: (name) => memory.get(name) ?? null,
  setItem: (name, value) => void memory.set(name, String(value)),
  removeItem: (name) => void memory.delete(name),
  clear: () => memory.clear(),
  get length() { return memory.size; },
};

const example = `# Ctrl+Enter asks. Ctrl+Space proposes.
{
  me { client role region purpose }
  loans(first: 3, orderBy: [{ disbursedOn: DESC }]) {
    totalCount
    nodes { loanId borrowerName amount balance status }
  }
}
`;

const state = document.getElementById('state');

function fetcherFor(token, purpose) {
  return async (question) => {
    const response = await fetch('graphql', {
      method: 'POST',
      credentials: 'omit',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        authorization: `Bearer ${token}`,
        'data-purpose': purpose,
      },
      body: JSON.stringify(question),
    });
    state.textContent = `${response.status} · ${response.headers.get('server-timing') ?? ''}`;
    return response.json();
  };
}

let connections = 0;

document.getElementById('who').addEventListener('submit', (event) => {
  event.preventDefault();
  const token = document.getElementById('token').value.trim();
  const purpose = document.getElementById('purpose').value;
  connections += 1;
  const element = React.createElement(GraphiQL, {
    key: connections, // a new schema for a new caller
    fetcher: fetcherFor(token, purpose),
    storage,
    defaultQuery: example,
    isHeadersEditorEnabled: false,
    shouldPersistHeaders: false,
  });
  ReactDOM.render(element, document.getElementById('graphiql'));
});
