/** Draining and weights: asked about first, carried out by the director, told in a line at the edge. */
import { endpoint, orderName, titleOf } from '../../control/names.ts';
import type { RealServerRow } from '../view/rows.ts';
import { whole } from '../view/words.ts';
import { api, token } from './api.ts';
import { browserClock } from './clock.ts';
import { button, byId, make } from './dom.ts';

const TOAST_MS = 7_000;

/** A sentence at the edge of the page, for a while. */
export function tell(text: string, className = ''): void {
  const toast = make('p', { class: `toast ${className}` }, text);
  byId('toasts').append(toast);
  browserClock.setTimer(TOAST_MS, () => toast.remove());
}

/** Drains what is not, and undrains what is. */
export function askToDrain(row: RealServerRow): void {
  const { of, server } = row;
  const undo = server.weight_by_hand !== undefined;
  const name = `${endpoint(server)} of ${titleOf(of)}`;
  const flows = `${whole(server.active)} active connections`;
  ask({
    title: undo ? `Give ${name} its weight again?` : `Drain ${name}?`,
    text: undo
      ? 'It has the weight of the configuration and the checks from then on.'
      : `Its ${flows} go on, ${isLast(row) ? 'and nobody takes new ones: it is the last' : 'new ones go to others'}. ` +
        'It stays so until it is undone.',
    yes: undo ? 'Undrain' : 'Drain',
    onYes: () => weigh(row, undo ? null : 0),
  });
}

function isLast({ of, server }: RealServerRow): boolean {
  const taking = of.destinations.filter((one) => one.up && !one.gone && one.weight > 0);
  return taking.length === 1 && taking[0]?.address === server.address;
}

/** null: as the configuration and the checks have it. Rejects where the director refuses. */
export async function weigh({ of, server }: RealServerRow, weight: number | null): Promise<void> {
  const name = endpoint(server);
  const { changed, problems } = await api.weigh({ virtualServer: orderName(of), realServer: name, weight });
  const what =
    weight === null ? 'has its own weight again' : weight === 0 ? 'is drained' : `has weight ${weight}`;
  const where = changed.length > 1 ? ` in ${changed.length} virtual servers` : '';
  tell(`${name} ${what}${where}`);
  for (const problem of problems) tell(problem, 'bad');
}

/** A token is kept as long as this tab is; the empty one is none. */
export function askForToken(reason: string, onToken: () => void): void {
  const input = make('input', {
    type: 'password',
    autocomplete: 'off',
    'aria-label': 'Token',
    spellcheck: 'false',
  });
  input.value = token.get();
  ask({
    title: 'Token of this director',
    text:
      `${reason === '' ? '' : `${reason}. `}It stands in the file that xlb_http_token names, ` +
      'and is kept until this tab is closed.',
    yes: 'Use it',
    input,
    onYes: async () => {
      token.set(input.value.trim());
      onToken();
    },
  });
}

interface Question {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly input?: HTMLInputElement;
  readonly onYes: () => Promise<void>;
}

function ask({ title, text, yes, input, onYes }: Question): void {
  const dialog = byId<HTMLDialogElement>('question');
  const problem = make('p', { class: 'problem', role: 'alert' });
  const agree = make('button', { type: 'submit', class: 'act' }, yes);
  const end = make('span', { class: 'end' }, [button('Cancel', () => dialog.close()), agree]);
  const form = make('form', { method: 'dialog' }, [...(input === undefined ? [] : [input]), problem, end]);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    agree.disabled = true;
    try {
      await onYes();
      dialog.close();
    } catch (error) {
      problem.textContent = error instanceof Error ? error.message : String(error);
    }
    agree.disabled = false;
  });
  dialog.replaceChildren(make('h2', { id: 'question-title' }, title), make('p', {}, text), form);
  dialog.setAttribute('aria-labelledby', 'question-title');
  if (!dialog.open) dialog.showModal();
  (input ?? agree).focus();
}
