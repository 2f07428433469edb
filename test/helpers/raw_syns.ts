/** SYNs that nobody repeats: each is sent once, whatever becomes of it. */
import type { Lab } from './lab.ts';

const script = `
import socket,struct,sys
vip,count=sys.argv[1],int(sys.argv[2])
s=socket.socket(socket.AF_INET,socket.SOCK_RAW,socket.IPPROTO_TCP); s.settimeout(5)
s.connect((vip,0)); me=socket.inet_aton(s.getsockname()[0]); to=socket.inet_aton(vip)
def syn(port):
    h=lambda c: struct.pack("!HHIIBBHHH",port,80,1,0,5<<4,2,64,c,0)
    b=me+to+struct.pack("!BBH",0,6,20)+h(0); t=sum(struct.unpack("!%dH"%(len(b)//2),b))
    t=(t&65535)+(t>>16); return h(~((t&65535)+(t>>16))&65535)
for port in range(count): s.send(syn(20000+port))
if count==1:
    try: p=s.recv(100); print("flags",p[(p[0]&15)*4+13])
    except TimeoutError: print("nothing")
`;

/** From as many ports. Of a single one: what the answer's flags are. */
export async function sendSyns(lab: Lab, vip: string, count: number): Promise<string> {
  const argv = ['python3', '-c', script, vip, String(count)];
  return (await lab.run(lab.client, argv)).stdout.trim();
}
