import { useEffect, useRef } from 'react';
import { IconButton } from '../parts/IconButton.tsx';
import { reachableByKeyboard } from '../parts/reachableByKeyboard.ts';
import type { SessionView } from '../sotto.ts';
import { words } from '../words.ts';
import { serverSeesWords as say } from '../wordsServerSees.ts';
import './settings.css';

interface ServerSeesPageProps {
  session: Extract<SessionView, { kind: 'signedIn' }>;
  onBack: () => void;
}

/** What the server stores and sees, in plain words, and what it cannot. True for what is built: keep it so. */
export function ServerSeesPage({ session, onBack }: ServerSeesPageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <main className="pane settings">
      <div className="paneBar">
        <IconButton icon="back" label={words.common.back} onClick={onBack} />
        <h1 className="paneBar-title" ref={heading} tabIndex={-1}>
          {words.serverSees.title}
        </h1>
      </div>
      <div className="pane-scroller" {...reachableByKeyboard}>
        <div className="settings-column">
          <p className="sees-lead">{say.lead}</p>
          <Facts title={say.seesTitle} facts={say.sees} />
          <Facts title={say.neverTitle} facts={say.never} />
          <section className="settings-part">
            <h2>{say.limitsTitle}</h2>
            <ul className="sees-limits">
              {say.limits.map((limit) => (
                <li key={limit}>{limit}</li>
              ))}
            </ul>
          </section>
          <section className="settings-part">
            <h2>{say.yoursTitle}</h2>
            <dl className="settings-card sees-list">
              <Fact name={words.settings.username} value={session.username} />
              <Fact name={say.accountId} value={session.accountId} />
              <Fact name={say.deviceId} value={session.deviceId} />
            </dl>
          </section>
        </div>
      </div>
    </main>
  );
}

function Facts({ title, facts }: { title: string; facts: readonly (readonly [string, string])[] }) {
  return (
    <section className="settings-part">
      <h2>{title}</h2>
      <dl className="settings-card sees-list">
        {facts.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <code>{value}</code>
      </dd>
    </div>
  );
}
