/** `xlb demo`: the director at work in a network of its own, in twenty seconds. */
import { Command } from 'commander';
import { renderResult, resultOf } from '../demo/result.ts';
import { noScreen, screenOn } from '../demo/screen.ts';
import { demoServers, Story } from '../demo/story.ts';

export function demoCommand(): Command {
  return new Command('demo')
    .description('show it at work in network namespaces of its own; touches nothing else on the host')
    .option('--json', 'print one JSON object and nothing else')
    .option('--keep', 'leave it running at the end, until Ctrl-C, and print how to look around')
    .action(demo);
}

async function demo({ json = false, keep = false }: { json?: boolean; keep?: boolean }): Promise<void> {
  const screen = json ? noScreen : screenOn(process.stdout, demoServers);
  const story = await Story.prepare(screen);
  try {
    const observed = await story.tell();
    const result = resultOf(observed);
    process.stdout.write(`${json ? JSON.stringify(result) : `\n${renderResult(observed)}`}\n`);
    process.exitCode = result.ok ? 0 : 1;
    if (keep) {
      (json ? process.stderr : process.stdout).write(`\n${story.hints()}\n`);
      await new Promise(() => {}); // a signal ends it; the lab goes with the process
    }
  } finally {
    await story.close();
  }
}
