import { NAMESPACE } from '../../../contracts/namespaces';
import { SECRET } from '../../../contracts/objects';
import { SERVICE } from '../../../contracts/services';
import type { EvidenceReader } from '../../../rollout/canary/evidence';
import { prometheusEvidence } from '../../../rollout/canary/prometheus-evidence';
import { Prometheus } from '../prometheus';
import { login, withEndpoint, type Session } from '../session';

/** Evidence from the platform's Prometheus, which is found anew for every question: its pod may have moved. */
export function evidenceOf(session: Session): EvidenceReader {
  return {
    read: async (question) => {
      const where = { name: SECRET.prometheus, namespace: NAMESPACE.monitoring };
      const password = await login(session, SERVICE.prometheus.title, where);
      return withEndpoint(session, 'prometheus', (address) =>
        prometheusEvidence(new Prometheus(address, password)).read(question),
      );
    },
  };
}
