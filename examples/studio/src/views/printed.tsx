// The summary for paper: it is there when the page is printed, and stands in the way of nothing otherwise.

import { type Opened, sealOf } from '../studio.ts';
import { texts } from '../texts.ts';
import { bytes, count, time } from '../words.ts';

export function Printed({ opened }: { readonly opened: Opened }) {
  const { pack, preview, record } = opened;
  const hash = preview?.hash ?? record?.hash;
  const rows: readonly (readonly [string, string | undefined])[] = [
    [texts.printed.pack, `${pack.packKey} ${pack.version}`],
    [texts.hash, hash],
    [texts.seal, record && sealOf(record)],
    [texts.root, preview?.manifest?.itemsRoot],
    [texts.facts.items, preview && count(preview.itemCount)],
    [texts.facts.bytes, preview && bytes(preview.bytes)],
    [
      texts.facts.made,
      record && `${time(record.createdAt)}${record.createdBy === undefined ? '' : `, ${record.createdBy}`}`,
    ],
    [texts.printed.reason, record?.metadata.$snapshot.reason],
  ];
  return (
    <div className="printed" aria-hidden="true">
      <h1>{pack.title || pack.packKey}</h1>
      <table>
        <tbody>
          {rows.map(
            ([name, value]) =>
              value !== undefined && (
                <tr key={name}>
                  <th>{name}</th>
                  <td>{value}</td>
                </tr>
              ),
          )}
        </tbody>
      </table>
      {preview !== undefined && (
        <table>
          <thead>
            <tr>
              <th>{texts.item.members.kind}</th>
              <th>{texts.item.members.sourceKey}</th>
              <th>{texts.facts.items}</th>
              <th>{texts.facts.bytes}</th>
            </tr>
          </thead>
          <tbody>
            {preview.sources.map(({ kind, sourceKey, sourceVersion, items, bytes: size }) => (
              <tr key={`${kind} ${sourceKey} ${sourceVersion}`}>
                <td>{kind}</td>
                <td>
                  {sourceKey} {sourceVersion}
                </td>
                <td>{count(items)}</td>
                <td>{bytes(size)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p>{texts.printed.verify}</p>
    </div>
  );
}
