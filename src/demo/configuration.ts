/** Pure: the demo's keepalived.conf. Nothing in it is special but that nobody else is asked who is master. */

export interface DemoSite {
  readonly interface: string;
  readonly vip: string;
  readonly port: number;
  readonly realServers: readonly string[];
}

export function demoConfiguration({ interface: name, vip, port, realServers }: DemoSite): string {
  return `global_defs {
    router_id xlb_demo
}

vrrp_instance demo {
    # Alone in its network: the owner of the address is master at once.
    state MASTER
    version 3
    interface ${name}
    virtual_router_id 77
    priority 255
    advert_int 0.05
    virtual_ipaddress {
        ${vip}/32
    }
}

virtual_server ${vip} ${port} {
    delay_loop 1
    lb_algo rr
    lb_kind DR
    protocol TCP
${realServers.map((address) => realServer(address, port)).join('')}}
`;
}

function realServer(address: string, port: number): string {
  return `
    real_server ${address} ${port} {
        weight 1
        TCP_CHECK {
            connect_timeout 1
            retry 0
        }
    }
`;
}
