// The summary for paper: it is there when the page is printed, and stands in the way of nothing otherwise.

import { Name } from '../parts/name.tsx';
import { hashOf, type Opened, sealOf } from '../studio.ts';
import { texts } from '../texts.ts';
import { bytes, count, time } from '../words.ts';

export function Printed({ opened }: { readonly opened: Opened }) {
  const { pack, preview, record, verification } = opened;
  const rows: readonly (readonly [string, string | undefined])[] = [
    [texts.printed.pack, `${pack.packKey} ${pack.version}`],
    [texts.hash, hashOf(opened) ?? texts.printed.noHash],
    [texts.seal, record && sealOf(record)],
    [texts.root, preview?.manifest?.itemsRoot],
    [texts.facts.items, preview && count(preview.itemCount)],
    [texts.facts.bytes, preview && bytes(preview.bytes)],
    [
      texts.facts.made,
      record && `${time(record.createdAt)}${record.createdBy === undefined ? '' : `, ${record.createdBy}`}`,
    ],
    [texts.facts.verdict, verification && texts.printed.verdict(verification.valid)],
    [texts.printed.reason, record?.metadata.$snapshot.reason],
  ];
  return (
    <div className="printed" aria-hidden="true">
      <h1>
        <Name>{pack.title || pack.packKey}</Name>
      </h1>
      <table>
        <tbody>
          {rows.map(
            ([name, value]) =>
              value !== undefined && (
                <tr key={name}>
                  <th>{name}</th>
                  <td>
                    <Name>{value}</Name>
                  </td>
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
                <td>
                  <Name>{kind}</Name>
                </td>
                <td>
                  <Name>{`${sourceKey} ${sourceVersion ?? ''}`}</Name>
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
