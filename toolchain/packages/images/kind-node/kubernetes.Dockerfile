# One image, under many names, for everything that Kubernetes itself starts as a container.
ARG ROOT
FROM ${ROOT} AS parts
COPY --chmod=0755 hyperkube /out/usr/local/bin/kube-apiserver
COPY --chmod=0755 pause /out/pause
COPY --chmod=0755 local-path-provisioner policy-controller network-policies /out/usr/local/bin/
COPY --chmod=0755 iptables-restore /out/usr/local/lib/network-policies/
# kube-proxy calls iptables, the policy controller ipset, too; the volume provisioner's helper calls sh, mkdir and rm.
RUN cd /out/usr/local/bin \
 && for name in kube-controller-manager kube-scheduler kube-proxy etcd coredns; do ln -s kube-apiserver "$name"; done \
 && mkdir -p /out/usr/sbin /out/usr/bin /out/usr/lib/x86_64-linux-gnu /out/usr/lib64 /out/etc /out/tmp \
 && for link in bin sbin lib lib64; do ln -s "usr/$link" "/out/$link"; done \
 && cp -a /usr/sbin/xtables-nft-multi /usr/sbin/xtables-legacy-multi /out/usr/sbin/ \
 && for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do \
      ln -s xtables-nft-multi "/out/usr/sbin/$name"; done \
 && cp -a /usr/lib/x86_64-linux-gnu/xtables /out/usr/lib/x86_64-linux-gnu/ \
 && cp -aL /bin/dash /out/usr/bin/sh && cp -aL /bin/mkdir /bin/rm /bin/sed /out/usr/bin/ \
 && cp -aL /usr/sbin/ipset /out/usr/sbin/ \
 && cp -a /etc/protocols /etc/services /out/etc/ 2>/dev/null; \
    ldd /usr/sbin/xtables-nft-multi /usr/sbin/xtables-legacy-multi /bin/dash /bin/mkdir /bin/rm /bin/sed /usr/sbin/ipset \
        /usr/lib/x86_64-linux-gnu/xtables/*.so \
      | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p' | sort -u | xargs -I{} cp -L {} /out/usr/lib/x86_64-linux-gnu/ \
 && cp -L /lib64/ld-linux-x86-64.so.2 /out/usr/lib64/

FROM scratch
COPY --from=parts /out /
ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin
ENTRYPOINT ["/pause"]
