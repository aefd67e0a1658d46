// The far end of the pipe for libraries of Node: the same protocol as peer.py.
//
//   for_NAME.cjs ── serve({…}) ──► this file, the adapter's main program
//                                     └── fork ──► the same for_NAME.cjs once per worker
//
// A worker's process ends with the channel to this one.
'use strict';
const { fork } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const readline = require('node:readline');

const PROTOCOL = 1;
const END_MS = 6000;

const now = () => Number(process.hrtime.bigint()) / 1e9;

/** A package's version, from its own folder: not every package lets its package.json be required. */
function versionOf(name) {
  return JSON.parse(readFileSync(join(process.env.NODE_PATH, name, 'package.json'))).version;
}

/**
 * Be the adapter, or one of its workers.
 * @param library {package, file, open(run), push(run, partition, task), close(run), work(run, meet)};
 *   `run` is what `open` was told; `work` resolves when the worker listens, to a function that ends it.
 */
function serve(library) {
  if (process.send) beWorker(library);
  else beAdapter(library);
}

function beWorker(library) {
  const held = new Map();
  const meet = (task) =>
    new Promise((go) => {
      held.set(task, go);
      process.send({ say: 'got', task, at: now() });
    });
  let end = async () => {};
  process.on('disconnect', () => process.exit(1));
  process.on('message', async (message) => {
    if (message.say === 'be') {
      end = await library.work(message.run, meet);
      process.send({ say: 'listening' });
    } else if (message.say === 'done') {
      const go = held.get(message.task);
      held.delete(message.task);
      if (go) go();
    } else if (message.say === 'end') {
      await end();
      process.exit(0);
    }
  });
}

function beAdapter(library) {
  const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
  const fail = (error) => {
    say({ say: 'failed', why: `${error.name}: ${error.message}`, details: error.stack });
    process.exitCode = 1;
  };
  const children = new Map();
  let run = null;
  let closing = false;

  function spawn() {
    let number = 0;
    while (children.has(`w${number}`)) number += 1;
    const name = `w${number}`;
    const child = fork(library.file, [], { stdio: ['ignore', 2, 2, 'ipc'] });
    children.set(name, child);
    child.send({ say: 'be', run: { ...run, worker: name } });
    return new Promise((listening, refuse) => {
      child.on('message', (message) => {
        if (message.say === 'listening') listening();
        else say({ ...message, worker: name });
      });
      child.on('exit', (status) => {
        const error = new Error(`worker ${name} ended by itself (status ${status})`);
        refuse(error);
        if (!closing && children.get(name) === child) fail(error);
      });
    });
  }

  async function close() {
    closing = true;
    const ends = [...children.values()].map((child) => new Promise((gone) => child.on('exit', gone)));
    for (const child of children.values()) if (child.connected) child.send({ say: 'end' });
    const alive = [...children.values()].filter((child) => child.exitCode === null);
    if (alive.length) await Promise.race([Promise.all(ends), new Promise((go) => setTimeout(go, END_MS))]);
    for (const child of children.values()) child.kill('SIGKILL');
    if (run) await library.close(run);
    say({ say: 'closed' });
    process.exit(0);
  }

  const doing = {
    async open(message) {
      run = { url: message.url, prefix: message.prefix, variant: message.variant };
      await library.open(run);
      say({ say: 'opened', protocol: PROTOCOL, version: versionOf(library.package) });
    },
    partitions() {},
    async push(message) {
      await library.push(run, message.partition, message.task);
      say({ say: 'pushed', id: message.id });
    },
    async start(message) {
      await Promise.all(Array.from({ length: message.workers }, spawn));
      say({ say: 'started' });
    },
    stop(message) {
      const child = children.get(message.worker);
      children.delete(message.worker);
      if (child) child.send({ say: 'end' });
    },
    kill(message) {
      const child = children.get(message.worker);
      children.delete(message.worker);
      if (child) child.kill('SIGKILL');
    },
    close,
  };

  let last = Promise.resolve();
  const lines = readline.createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const message = JSON.parse(line);
    if (message.say === 'done') {
      const child = children.get(message.worker);
      if (child && child.connected) child.send({ say: 'done', task: message.task });
      return;
    }
    last = last.then(() => doing[message.say](message)).catch(fail);
  });
  lines.on('close', () => {
    if (!closing) close();
  });
}

module.exports = { serve };
