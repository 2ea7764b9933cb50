import type { AccountView } from '../sotto.ts';

const toneCount = 6;

interface AvatarProps {
  account: AccountView;
  size?: 'small' | 'medium' | 'large';
  online?: boolean;
}

/** A first letter on one of a few tones, the same one for an account everywhere. Decorative: the name is beside it. */
export function Avatar({ account, size = 'medium', online = false }: AvatarProps) {
  const tone = Number.parseInt(account.accountId.slice(0, 4), 16) % toneCount;
  return (
    <span className="avatar" data-size={size} data-tone={tone} aria-hidden="true">
      {account.username.slice(0, 1)}
      {online && <span className="avatar-online" />}
    </span>
  );
}
