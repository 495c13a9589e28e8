// The results for files that were dropped to be checked: proofs, envelopes, statements, keys.

import { Issues } from '../parts/issues.tsx';
import { Name } from '../parts/name.tsx';
import { useSight } from '../parts/sight.ts';
import { dismissChecks, useStudio } from '../studio.ts';
import { texts } from '../texts.ts';

const CLASSES = { valid: 'good', invalid: 'bad', unverified: 'unverified' };

export function Checks() {
  const { checks } = useStudio();
  const section = useSight<HTMLElement>(checks[0]?.id);
  if (checks.length === 0) return null;
  return (
    <section ref={section} className="checks" aria-label={texts.check.label}>
      <ul>
        {checks.slice(0, 8).map(({ id, name, form, verdict, issues, detail }) => (
          <li key={id} className={CLASSES[verdict]}>
            <strong>{texts.verdict[verdict]}</strong> <Name>{name}</Name> <span className="quiet">{form}</span>{' '}
            <Name>{detail}</Name>
            <Issues issues={issues} />
          </li>
        ))}
      </ul>
      <button type="button" onClick={dismissChecks}>
        {texts.check.dismiss}
      </button>
    </section>
  );
}
