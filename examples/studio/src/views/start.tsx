// What the page shows before anything is open.

import { isServed } from '../inputs/served.ts';
import { choose, EXAMPLES } from '../studio.ts';
import { texts } from '../texts.ts';

export function Start({ onFile, onFolder }: { readonly onFile: () => void; readonly onFolder: () => void }) {
  return (
    <div className="start">
      <h1>{texts.start.title}</h1>
      <p className="lead">{texts.start.lead}</p>
      <div className="target">
        <p>{texts.start.drop}</p>
        <p>
          <button type="button" className="main" onClick={onFile}>
            {texts.open.file}
          </button>{' '}
          <button type="button" onClick={onFolder}>
            {texts.open.folder}
          </button>
        </p>
        <ul className="forms">
          {texts.start.forms.map(([name, what]) => (
            <li key={name}>
              <strong>{name}</strong> {what}
            </li>
          ))}
        </ul>
      </div>
      <h2>{texts.start.examples}</h2>
      <ul className="choices">
        {EXAMPLES.map((example) => (
          <li key={example}>
            <button type="button" onClick={() => choose(example)}>
              <strong>{texts.examples[example]}</strong>
              <span>{texts.exampleHints[example]}</span>
            </button>
          </li>
        ))}
      </ul>
      <p className="quiet">{isServed ? texts.served.privacy : texts.start.privacy}</p>
    </div>
  );
}
