/** Child process: says how late its timer was, in milliseconds, and when by the monotonic clock of all processes. */
const everyMs = 5;
const worthSayingMs = 10;
const nowMs = () => Number(process.hrtime.bigint() / 1_000_000n);

let dueMs = nowMs() + everyMs;
setInterval(() => {
  const lateMs = nowMs() - dueMs;
  dueMs = nowMs() + everyMs;
  if (lateMs >= worthSayingMs) process.send?.({ lateMs, atMs: nowMs() });
}, everyMs);
process.send?.('ready');
// Whoever started us is gone.
process.on('disconnect', () => process.exit());
