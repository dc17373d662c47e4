// aws-sdk, version 2, told over standard input what to ask: see tests/clients/programs/__init__.py.
process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = "1";
const { createInterface } = require("node:readline");
const AWS = require("aws-sdk");

const TIMES = new Set(["ExpireAt"]);
const asTime = (name, value) => (TIMES.has(name) ? new Date(value) : value);
// HITs, URLs: the SDK lowers the leading capitals of a name as it makes a method of it.
const methodOf = (turk, operation) => Object.keys(turk.api.operations).find((name) => name.toLowerCase() === operation.toLowerCase());

function everyPage(request) {
  return new Promise((resolve, reject) => {
    const pages = [];
    request.eachPage((error, page) => {
      if (error) reject(error);
      else if (page === null) resolve(pages);
      else pages.push(page);
      return true;
    });
  });
}

async function answer(turk, { operation, members, page_size: pageSize }) {
  const input = Object.fromEntries(Object.entries(members).map(([name, value]) => [name, asTime(name, value)]));
  const method = methodOf(turk, operation);
  try {
    if (pageSize !== undefined) return { pages: await everyPage(turk[method]({ ...input, MaxResults: pageSize })) };
    return { answer: await turk[method](input).promise() };
  } catch (error) {
    if (!error.statusCode) throw error;
    return { refused: [error.code, error.message] };
  }
}

async function main() {
  const turk = new AWS.MTurk({ endpoint: process.env.AWS_ENDPOINT_URL_MTURK, region: process.env.AWS_DEFAULT_REGION });
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await answer(turk, JSON.parse(line))));
  }
}

main();
