// BullMQ, or with LIB=bull Bull. NODE_PATH names their folder.
const names = { acme: 5, bolt: 3, corto: 2 };
const [action, url] = process.argv.slice(2);
const isOld = process.env.LIB === 'bull';
const fs = require('node:fs');
const forever = tenant => {
  fs.writeFileSync(process.env.HELD + '.new', tenant);
  fs.renameSync(process.env.HELD + '.new', process.env.HELD);
  return new Promise(done => setTimeout(done, 1000 * (process.env.SERVICE_S ?? 600)));
};
const { Queue, Worker } = isOld ? {} : require('bullmq');
const Redis = require('ioredis');
const connection = new Redis(url, { maxRetriesPerRequest: null });
const open = name => (isOld ? new (require('bull'))(name, url) : new Queue(name, { connection }));
const finish = async queues => {
  for (const each of queues) await each.close();
  process.exit(0);
};

(async () => {
  if (action === 'work') {
    const lock = { lockDuration: 2000, stalledInterval: 600000 };
    if (isOld) {
      const settings = { lockDuration: 2000, lockRenewTime: 500, stalledInterval: 600000 };
      new (require('bull'))('acme', url, { settings }).process('export', 1, job => forever(job.data.customerId));
    } else {
      const options = { connection, concurrency: 1, name: 'w1', ...lock };
      new Worker('acme', job => forever(job.data.customerId), options);
    }
    return;
  }
  const queues = Object.keys(names).map(open);
  if (action === 'fill') {
    for (const queue of queues)
      for (let n = 0; n < names[queue.name]; n++) await queue.add('export', { customerId: queue.name, n });
    await finish(queues);
  }
  const waiting = {}, oldest = {};
  for (const queue of queues) {
    waiting[queue.name] = await queue.getWaitingCount();
    const jobs = await queue.getWaiting();
    oldest[queue.name] = Math.min(...jobs.map(each => each.timestamp)) / 1000;
  }
  console.log(JSON.stringify({ waiting, oldest }));
  await finish(queues);
})();
