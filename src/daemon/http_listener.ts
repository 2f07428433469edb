/** HTTP on the address that xlb_http names. Nothing of xlb waits for it, and nothing ends where it cannot be had. */
import { isIPv4 } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { isLoopback } from '../base/address.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { GlobalConfig } from '../config/model.ts';
import type { AccessSettings } from '../web/access.ts';
import { readTls, readToken } from '../web/credentials.ts';
import type { Route } from '../web/route.ts';
import { type Tls, WebServer } from '../web/server.ts';

export type HttpSettings = Pick<GlobalConfig, 'http' | 'httpToken' | 'httpTls' | 'httpActions'>;

interface Credentials {
  readonly access: Omit<AccessSettings, 'loopback'>;
  readonly tls?: Tls;
}

type Place = Exclude<HttpSettings['http'], 'off'>;

interface Open {
  readonly server: WebServer;
  readonly at: Place;
  credentials: Credentials;
}

export class HttpListener {
  readonly #routes: readonly Route[];
  readonly #log: Logger;
  #open: Open | undefined;
  /** One at a time: two at once would leave a listener open that none of them knows. */
  #turn: Promise<void> = Promise.resolve();

  constructor(routes: readonly Route[], log: Logger) {
    this.#routes = routes;
    this.#log = log;
  }

  /**
   * Goes to where the settings say, with their token and certificate; both files are read again. What cannot be had is
   * told, and tried again by the next reload; where nobody is let in by it who should not be, it stays where it was.
   */
  listen(settings: HttpSettings): Promise<void> {
    return this.#inTurn(() => this.#listen(settings));
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#close());
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #listen(settings: HttpSettings): Promise<void> {
    const { http: at } = settings;
    if (at === 'off') return this.#close();
    const credentials = await this.#read(settings);
    if (credentials === undefined) return;
    const had = this.#open;
    const sameKind = (had?.credentials.tls === undefined) === (credentials.tls === undefined);
    if (had !== undefined && sameKind && isDeepStrictEqual(had.at, at)) renew(had, credentials);
    else await this.#move(had, at, credentials);
  }

  async #close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.server.close();
  }

  async #move(had: Open | undefined, at: Place, credentials: Credentials): Promise<void> {
    const inTheWay = had !== undefined && isInTheWay(had.at, at);
    if (inTheWay) await this.#close();
    const refused = await this.#begin(at, credentials);
    if (refused === undefined) {
      if (!inTheWay) await had?.server.close();
      this.#log.info(
        `HTTP${credentials.tls === undefined ? '' : ' with TLS'}: status and metrics at ${nameOf(at)}`,
      );
      return;
    }
    const stays = had !== undefined && (await this.#stay(had, at, credentials));
    const then = stays ? `HTTP stays at ${nameOf(had.at)}` : 'There are no metrics';
    this.#log.warn(
      `Cannot listen on ${nameOf(at)}: ${refused}. ${then} until xlb_http names ` +
        'an address and port that are free, and xlb is told to reload',
    );
  }

  /**
   * Where the configuration does not have it any more. Not where that could let in who does not reach what it says, nor
   * without the TLS that it wants. Who had to show a token still has to.
   */
  async #stay(had: Open, next: Place, { access, tls }: Credentials): Promise<boolean> {
    const { at } = had;
    const { tls: hadTls } = had.credentials;
    if (!isWithin(at.host, next.host) || (tls !== undefined && hadTls === undefined)) {
      await this.#close();
      return false;
    }
    const credentials = {
      // What a token may is written beside it: the old one gets nothing of what is new.
      access: {
        ...had.credentials.access,
        ...access,
        actions: access.actions && access.token !== undefined,
      },
      ...(hadTls === undefined ? {} : { tls: tls ?? hadTls }),
    };
    // It was closed already where it was in the way.
    if (this.#open === undefined) return (await this.#begin(at, credentials)) === undefined;
    renew(had, credentials);
    return true;
  }

  /** Undefined, or why it cannot. */
  async #begin(at: Place, credentials: Credentials): Promise<string | undefined> {
    const { tls } = credentials;
    const loopback = isLoopback(at.host);
    // Before it is there, nobody asks.
    let open: Open | undefined;
    try {
      const server = await WebServer.listen(at, {
        routes: this.#routes,
        access: () => ({ ...(open?.credentials ?? credentials).access, loopback }),
        ...(tls === undefined ? {} : { tls }),
      });
      open = { server, at, credentials };
      this.#open = open;
      return undefined;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /**
   * Undefined where a file cannot be used. A listener that is protected already goes on as it was; one that is not is
   * closed: it shall not be open to everybody for a file's sake.
   */
  async #read({ httpActions, httpTls, httpToken }: HttpSettings): Promise<Credentials | undefined> {
    try {
      return {
        access: {
          actions: httpActions === true,
          ...(httpToken === undefined ? {} : { token: readToken(httpToken) }),
        },
        ...(httpTls === undefined ? {} : { tls: readTls(httpTls) }),
      };
    } catch (error) {
      const had = this.#open?.credentials;
      const isProtected =
        had !== undefined &&
        (httpToken === undefined || had.access.token !== undefined) &&
        (httpTls === undefined || had.tls !== undefined);
      if (!isProtected) await this.#close();
      const then = isProtected ? 'HTTP goes on as it was' : 'There is no HTTP';
      this.#log.warn(`${reasonOf(error)}. ${then} until that is right, and xlb is told to reload`);
      return undefined;
    }
  }
}

/** Whoever reaches `host` might reach `next` as well. */
function isWithin(host: string, next: string): boolean {
  return isLoopback(host) || covers(next, host);
}

/** The one keeps the other from its address: 127.0.0.1 and 0.0.0.0 with one port. */
function isInTheWay(had: Place, next: Place): boolean {
  return had.port === next.port && (covers(had.host, next.host) || covers(next.host, had.host));
}

/** 0.0.0.0 is IPv4 only, :: is both. */
function covers(wide: string, host: string): boolean {
  return wide === host || wide === '::' || (wide === '0.0.0.0' && isIPv4(host));
}

function renew(open: Open, credentials: Credentials): void {
  open.credentials = credentials;
  if (credentials.tls !== undefined) open.server.renewTls(credentials.tls);
}

/** '127.0.0.1 port 9112'. */
function nameOf({ host, port }: Place): string {
  return `${host} port ${port}`;
}
