/** Pure: completion for bash, made of what the commands say of themselves. */
import type { Command, Option } from 'commander';
import { shown } from './manual.ts';

const FILE_WORDS = /file|dir|socket/;

/** A script that defines the completion of `xlb`; needs nothing but bash. */
export function bashCompletion(program: Command): string {
  const commands = shown(program);
  return `# Completion of xlb for bash, made by: xlb completion
_xlb() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} options='' subcommands=''
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W '${commands.map((one) => one.name()).join(' ')} --help --version' -- "$word")
    return
  fi
  case "\${COMP_WORDS[1]} $before" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case \${COMP_WORDS[1]} in
${commands.map(commandCase).join('\n')}
  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options --help" -- "$word")
  elif [[ -n $subcommands && $COMP_CWORD == 2 ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$subcommands" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}
complete -o filenames -F _xlb xlb
`;
}

function commandCase(command: Command): string {
  const children = shown(command);
  const options = [command, ...children].flatMap((one) => longOptions(one).map(({ long }) => long ?? ''));
  const subcommands = children.map((child) => child.name()).join(' ');
  return `    ${command.name()}) options='${[...new Set(options)].join(' ')}' subcommands='${subcommands}' ;;`;
}

/** After an option that takes a value: its choices, files, or nothing. */
function valueCases(command: Command): string[] {
  return longOptions(command)
    .filter(({ required }) => required)
    .map((option) => {
      const flags = [option.short, option.long].filter((flag) => flag !== undefined);
      const patterns = flags.map((flag) => `'${command.name()} ${flag}'`).join('|');
      return `    ${patterns}) ${values(option)}; return ;;`;
    });
}

function values({ argChoices, flags }: Option): string {
  const from =
    argChoices === undefined ? (FILE_WORDS.test(flags) ? '-f' : undefined) : `-W '${argChoices.join(' ')}'`;
  return from === undefined ? ':' : `mapfile -t COMPREPLY < <(compgen ${from} -- "$word")`;
}

function longOptions(command: Command): Option[] {
  return [...command.createHelp().visibleOptions(command)].filter(
    ({ long }) => long !== undefined && long !== '--help',
  );
}
