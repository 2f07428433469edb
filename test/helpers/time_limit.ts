/**
 * A timer for what the network may bring until then. Where the process itself did not run for a while, it looks at what
 * has come meanwhile before it says that nothing did: Node looks at timers first.
 */
export function timeLimit(ms: number, over: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(() => setImmediate(over)), ms);
}
