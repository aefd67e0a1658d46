// GroupMQ: a group per partition, a process per worker.
'use strict';
const { Queue, Worker } = require('groupmq');
const IORedis = require('ioredis');
const { serve } = require('./peer.cjs');

const open = (run) =>
  new Queue({
    redis: new IORedis(run.url, { maxRetriesPerRequest: null }),
    namespace: `${run.prefix}:groupmq`,
    jobTimeoutMs: 30000,
    keepCompleted: 0,
  });
let queue = null;

serve({
  package: 'groupmq',
  file: __filename,
  async open(run) {
    queue = open(run);
  },
  async push(run, partition, task) {
    await queue.add({ groupId: partition, data: { task }, maxAttempts: 1 });
  },
  async close() {
    await queue.close();
  },
  async work(run, meet) {
    const worker = new Worker({ queue: open(run), concurrency: 1, handler: (job) => meet(job.data.task) });
    worker.on('error', (error) => console.error(String(error)));
    worker.run();
    return () => worker.close();
  },
});
