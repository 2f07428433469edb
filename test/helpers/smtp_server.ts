import { createServer, type Server, type Socket } from 'node:net';

export interface ReceivedMail {
  readonly helo: string;
  readonly from: string;
  readonly to: readonly string[];
  /** Headers, a blank line, the body. */
  readonly lines: readonly string[];
}

export interface SmtpServer {
  readonly port: number;
  readonly mails: ReceivedMail[];
  close(): Promise<void>;
}

/** As much of an SMTP server (RFC 5321) as it takes to receive mail on the loopback. `refuse`: a status for MAIL. */
export async function smtpServer({ refuse }: { readonly refuse?: string } = {}): Promise<SmtpServer> {
  const mails: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, mails, refuse);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mails,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function serve(socket: Socket, mails: ReceivedMail[], refuse: string | undefined): void {
  let mail = { helo: '', from: '', to: [] as string[], lines: [] as string[] };
  let inData = false;
  let rest = '';
  const say = (line: string) => socket.write(`${line}\r\n`);
  const command = (line: string) => {
    const [verb = ''] = line.split(/[ :]/);
    if (verb === 'EHLO' || verb === 'HELO') mail.helo = line.slice(5);
    if (verb === 'MAIL' && refuse !== undefined) return say(refuse);
    if (verb === 'MAIL') mail.from = /<(.*)>/.exec(line)?.[1] ?? '';
    if (verb === 'RCPT') mail.to.push(/<(.*)>/.exec(line)?.[1] ?? '');
    if (verb === 'QUIT') return socket.end('221 bye\r\n');
    inData = verb === 'DATA';
    return say(inData ? '354 go on' : '250 fine');
  };
  const data = (line: string) => {
    if (line !== '.') return mail.lines.push(line);
    mails.push(mail);
    mail = { helo: mail.helo, from: '', to: [], lines: [] };
    inData = false;
    return say('250 taken');
  };
  say('220 test');
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    const lines = (rest + bytes.toString()).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) (inData ? data : command)(line);
  });
}
