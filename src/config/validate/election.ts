/** Who becomes master, and by which rules. What cannot hold together is changed as keepalived changes it. */
import type { Field } from '../keyword.ts';
import type { GlobalDefs } from '../keywords/global_defs.ts';
import type { RootFields } from '../keywords/root.ts';
import type { VrrpInstanceConfig } from '../model.ts';
import type { ValidateContext } from './context.ts';

type Parsed = RootFields['vrrp_instance'][number];
type Fields = Parsed['fields'];

export interface ElectionContext extends ValidateContext {
  readonly globals: GlobalDefs;
  readonly family: 4 | 6;
}

type Election = Pick<
  VrrpInstanceConfig,
  | 'state'
  | 'priority'
  | 'version'
  | 'advertIntMs'
  | 'password'
  | 'strict'
  | 'accept'
  | 'preempt'
  | 'preemptDelayMs'
  | 'skipCheckAdvAddr'
  | 'lowerPrioNoAdvert'
  | 'higherPrioSendAdvert'
  | 'ownerIgnoreAdverts'
  | 'downTimerAdverts'
>;

export function buildElection(instance: Parsed, context: ElectionContext): Election {
  const { fields } = instance;
  const { globals } = context;
  const state = fields.state?.value ?? (fields.priority?.value === 255 ? 'MASTER' : 'BACKUP');
  const priority = fields.priority?.value ?? (state === 'MASTER' ? 255 : 100);
  const strict = (fields.strict_mode ?? globals.vrrp_strict).value;
  const version = buildVersion(instance, context);
  const password = buildPassword(fields, { ...context, version, strict });
  return {
    state,
    priority,
    version,
    strict,
    advertIntMs: buildInterval(fields, { ...context, version }),
    ...(password === undefined ? {} : { password }),
    accept: priority === 255 || (last(fields.accept, fields.no_accept) ?? !strict),
    ...buildPreemption(fields, { ...context, state, priority }),
    skipCheckAdvAddr: (fields.skip_check_adv_addr ?? globals.vrrp_skip_check_adv_addr).value,
    ...buildAnswers(fields, { ...context, strict }),
    ownerIgnoreAdverts: (fields.owner_ignore_adverts ?? globals.vrrp_owner_ignore_adverts).value,
    downTimerAdverts: (fields.down_timer_adverts ?? globals.vrrp_down_timer_adverts).value,
  };
}

function buildVersion({ fields }: Parsed, { globals, family, diagnostics }: ElectionContext): 2 | 3 {
  const wanted = fields.version;
  if (family === 4) return (wanted ?? globals.vrrp_version)?.value === 3 ? 3 : 2;
  if (wanted?.value === 2)
    diagnostics.warning('ADJUSTED', wanted.at, {
      message: 'Cannot use version 2 with IPv6, which only version 3 has: 3 is used',
      help: 'write version 3, on all directors of this virtual router',
    });
  return 3;
}

/** Version 2 counts whole seconds, version 3 hundredths in 12 bits (RFC 3768 §5.3.7, RFC 5798 §5.2.7). */
function buildInterval(
  { advert_int: { value, at } }: Fields,
  { version, diagnostics }: ElectionContext & { readonly version: 2 | 3 },
): number {
  const [step, most] = version === 2 ? [1000, 255_000] : [10, 40_950];
  const used = Math.min(most, Math.max(step, Math.round(value / step) * step));
  if (used !== value)
    diagnostics.warning('ADJUSTED', at, {
      message: `Cannot use advert_int ${value / 1000} with version ${version}: ${used / 1000} s is used`,
      help:
        version === 2
          ? 'version 2 has whole seconds; write version 3 on all directors for shorter ones'
          : 'version 3 has hundredths of seconds, 0.01 to 40.95',
    });
  return used;
}

function buildPassword(
  { authentication: [block] }: Fields,
  { version, strict, diagnostics }: ElectionContext & { readonly version: 2 | 3; readonly strict: boolean },
): string | undefined {
  if (!block) return undefined;
  const { auth_type: type, auth_pass: password } = block.fields;
  const drop = (message: string, help: string): undefined => {
    diagnostics.warning('ADJUSTED', block.at, { message, help });
  };
  const cure = 'remove the block, here and on all other directors of this virtual router';
  if (strict) return drop('Cannot authenticate in strict mode: adverts carry no password', cure);
  if (version === 3)
    return drop('Cannot authenticate with version 3, which has none: adverts carry no password', cure);
  if (type && password) return password.value;
  if (block.written.has('auth_type') && block.written.has('auth_pass')) return undefined;
  return drop(
    `Cannot authenticate without ${type ? 'auth_pass' : 'auth_type'}: adverts carry no password`,
    type ? 'write auth_pass, the same on all directors' : 'write auth_type PASS',
  );
}

/** The one of two opposite keywords that stands last; undefined: none. */
function last(yes: Field<boolean> | undefined, no: Field<boolean> | undefined): boolean | undefined {
  if (!no || (yes && yes.at.line >= no.at.line)) return yes?.value;
  return !no.value;
}

function buildPreemption(
  fields: Fields,
  { state, priority, diagnostics }: ElectionContext & Pick<Election, 'state' | 'priority'>,
): Pick<Election, 'preempt' | 'preemptDelayMs'> {
  const { nopreempt, preempt_delay: delay } = fields;
  const why = priority === 255 ? 'priority 255' : state === 'MASTER' ? 'state MASTER' : undefined;
  const wanted = last(fields.preempt, nopreempt) ?? true;
  const preempt = wanted || why !== undefined;
  if (!wanted && nopreempt && why !== undefined)
    diagnostics.warning('ADJUSTED', nopreempt.at, {
      message: `Cannot use nopreempt with ${why}: as in keepalived, it is ignored`,
      help: 'write state BACKUP on all directors, and priorities below 255',
    });
  if (!delay || delay.value === 0) return { preempt, preemptDelayMs: 0 };
  const instead = !preempt ? 'nopreempt' : state === 'MASTER' ? 'state MASTER' : undefined;
  if (instead === undefined) return { preempt, preemptDelayMs: delay.value };
  diagnostics.warning('ADJUSTED', delay.at, {
    message: `Cannot use preempt_delay with ${instead}: as in keepalived, it is ignored`,
    help: instead === 'nopreempt' ? 'remove one of them' : 'write state BACKUP',
  });
  return { preempt, preemptDelayMs: 0 };
}

function buildAnswers(
  fields: Fields,
  { globals, strict, diagnostics }: ElectionContext & { readonly strict: boolean },
): Pick<Election, 'lowerPrioNoAdvert' | 'higherPrioSendAdvert'> {
  const lower = fields.lower_prio_no_advert ?? globals.vrrp_lower_prio_no_advert;
  const higher = fields.higher_prio_send_advert ?? globals.vrrp_higher_prio_send_advert;
  if (!strict)
    return { lowerPrioNoAdvert: lower?.value ?? false, higherPrioSendAdvert: higher?.value ?? false };
  const refuse = (field: Field<boolean> | undefined, name: string, used: boolean): void => {
    if (field && field.value !== used)
      diagnostics.warning('ADJUSTED', field.at, {
        message: `Cannot have ${name} ${field.value ? 'on' : 'off'} in strict mode: as in keepalived, it is ignored`,
      });
  };
  refuse(lower, 'lower_prio_no_advert', true);
  refuse(higher, 'higher_prio_send_advert', false);
  return { lowerPrioNoAdvert: true, higherPrioSendAdvert: false };
}
