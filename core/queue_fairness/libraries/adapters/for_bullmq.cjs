// BullMQ: a process per worker, each with a Worker of concurrency 1.
'use strict';
const { Queue, Worker } = require('bullmq');
const IORedis = require('ioredis');
const { serve } = require('./peer.cjs');

const connect = (run) => new IORedis(run.url, { maxRetriesPerRequest: null });
const options = (run) => ({ connection: connect(run), prefix: `${run.prefix}:bull` });
let queue = null;
const turns = new Map();

serve({
  package: 'bullmq',
  file: __filename,
  async open(run) {
    queue = new Queue('q', options(run));
    await queue.waitUntilReady();
  },
  async push(run, partition, task) {
    const chosen = { removeOnComplete: true };
    if (run.variant === 'priority') {
      const turn = (turns.get(partition) || 0) + 1;
      turns.set(partition, turn);
      chosen.priority = turn;
    }
    await queue.add('work', { task }, chosen);
  },
  async close() {
    await queue.close();
  },
  async work(run, meet) {
    const worker = new Worker('q', (job) => meet(job.data.task), { ...options(run), concurrency: 1 });
    worker.on('error', (error) => console.error(String(error)));
    await worker.waitUntilReady();
    return () => worker.close(true);
  },
});
