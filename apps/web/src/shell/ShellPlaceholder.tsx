import { ListPlaceholder } from '../conversations/ListPlaceholder.tsx';
import { parseRoute } from '../routing/route.ts';
import { usePhoneLayout } from '../state/useMediaQuery.ts';
import { ThreadPlaceholder } from '../thread/ThreadPlaceholder.tsx';
import { words } from '../words.ts';
import './shell.css';

/** The shell before the engine has answered: the same places, nothing in them yet. */
export function ShellPlaceholder() {
  const phone = usePhoneLayout();
  const inThread = parseRoute(location.hash).kind === 'conversation';
  return (
    <div className="shell" aria-busy="true">
      <div className="shell-panes">
        {(!phone || !inThread) && (
          <div className="pane list">
            <div className="paneBar">
              <h1 className="list-title">{words.list.title}</h1>
            </div>
            <ListPlaceholder />
          </div>
        )}
        {inThread && <ThreadPlaceholder />}
        {!inThread && !phone && <main className="pane pane-empty" />}
      </div>
    </div>
  );
}
