// A queue of one's own in Node: one Redis list for all, by workers in this process.
//   queue-fairness-tui --strategy 'pipe:node example_queue.cjs'
const Redis = require('ioredis');
const now = () => Number(process.hrtime.bigint()) / 1e9; // CLOCK_MONOTONIC, in seconds
const say = (message) => process.stdout.write(JSON.stringify(message) + '\n');
const held = new Map();
let url, key, client;
let closing = false;

async function work(worker) {
  const own = new Redis(url); // BLPOP holds its connection
  while (!closing) {
    const found = await own.blpop(key, 0.2);
    if (!found) continue;
    const task = found[1];
    const done = new Promise((go) => held.set(task, go));
    say({ say: 'got', worker, task, at: now() }); // the work begins
    await done; // it is over
  }
  own.disconnect();
}

const doing = {
  open(message) {
    url = message.url;
    key = `${message.prefix}:waiting`; // keys that hold the prefix are removed after the run
    client = new Redis(url);
    say({ say: 'opened', protocol: 1, version: '1' });
  },
  partitions() {},
  async push({ id, task }) {
    await client.rpush(key, task);
    say({ say: 'pushed', id });
  },
  start({ workers }) {
    for (let number = 0; number < workers; number += 1) work(`w${number}`);
    say({ say: 'started' });
  },
  done: ({ task }) => held.get(task)(),
  close() {
    closing = true;
    say({ say: 'closed' });
    process.exit(0);
  },
};

const lines = require('readline').createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const message = JSON.parse(line);
  if (doing[message.say]) doing[message.say](message);
});
lines.on('close', () => process.exit(0));
