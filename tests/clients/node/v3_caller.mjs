// @aws-sdk/client-mturk, told over standard input what to ask: see tests/clients/programs/__init__.py.
import { createInterface } from "node:readline";
import * as sdk from "@aws-sdk/client-mturk";

const TIMES = new Set(["ExpireAt"]);
const asTime = (name, value) => (TIMES.has(name) ? new Date(value) : value);

async function answer(turk, { operation, members, page_size: pageSize }) {
  const input = Object.fromEntries(Object.entries(members).map(([name, value]) => [name, asTime(name, value)]));
  try {
    if (pageSize !== undefined) {
      const pages = [];
      for await (const page of sdk[`paginate${operation}`]({ client: turk, pageSize }, input)) pages.push(page);
      return { pages };
    }
    return { answer: await turk.send(new sdk[`${operation}Command`](input)) };
  } catch (error) {
    if (!error.$metadata?.httpStatusCode) throw error;
    return { refused: [error.name, error.message || error.Message] };
  }
}

const turk = new sdk.MTurkClient({ endpoint: process.env.AWS_ENDPOINT_URL_MTURK, region: process.env.AWS_DEFAULT_REGION });
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(turk, JSON.parse(line))));
}
