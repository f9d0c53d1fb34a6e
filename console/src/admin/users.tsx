// People: who they are, what their role lets them do, and their passwords.

import { useState } from "preact/hooks";
import type { User, UserCreate } from "tandem-client";

import { dropDrafts, useDraft } from "../drafts";
import { atOnce, collect, hub } from "../hub";
import { epoch, me } from "../store";
import { texts } from "../texts";
import {
  Age,
  Badge,
  Card,
  Confirm,
  Dialog,
  SelectField,
  Table,
  TextField,
  Trouble,
  useAnswer,
  useWork,
} from "../ui/parts";

const t = texts.users;
type Role = NonNullable<UserCreate["role"]>;
const roles: Role[] = ["member", "viewer", "operator", "admin"];
const roleOptions = roles.map((role): [string, string] => [role, t.roles[role] ?? role]);

function Add({ close }: { close: () => void }) {
  const [id, setId] = useDraft("new-user id", "");
  const [name, setName] = useDraft("new-user name", "");
  const [role, setRole] = useDraft<Role>("new-user role", "viewer");
  const [password, setPassword] = useState("");
  const work = useWork();
  const submit = async (event: Event) => {
    event.preventDefault();
    const body = { id: id.trim(), name, role, password };
    if (await work.run(() => hub().users.create(body, atOnce))) close();
  };
  return (
    <Dialog title={t.add} onClose={close}>
      <form class="stack" onSubmit={submit}>
        <TextField label={t.id} value={id} onText={setId} required maxLength={64} />
        <TextField label={t.name} value={name} onText={setName} />
        <SelectField
          label={t.role}
          value={role}
          options={roleOptions}
          onChoose={(chosen) => setRole(chosen as Role)}
        />
        <TextField
          label={t.password}
          hint={t.passwordHint}
          type="password"
          autocomplete="new-password"
          value={password}
          onText={setPassword}
          required
          minLength={8}
        />
        <Trouble text={work.trouble} />
        <button type="submit" aria-busy={work.busy}>
          {t.make}
        </button>
      </form>
    </Dialog>
  );
}

function SetPassword({ user, close }: { user: User; close: () => void }) {
  const [password, setPassword] = useState("");
  const work = useWork();
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await work.run(() => hub().users.password(user.id, { password }, atOnce))) close();
  };
  return (
    <Dialog title={`${t.setPassword}: ${user.id}`} onClose={close}>
      <form class="stack" onSubmit={submit}>
        <p>{t.setPasswordText}</p>
        <TextField
          label={t.password}
          hint={t.passwordHint}
          type="password"
          autocomplete="new-password"
          value={password}
          onText={setPassword}
          required
          minLength={8}
        />
        <Trouble text={work.trouble} />
        <button type="submit" aria-busy={work.busy}>
          {t.setPassword}
        </button>
      </form>
    </Dialog>
  );
}

function Row(props: { user: User; reload: () => void; act: (what: Act) => void }) {
  const { user, reload, act } = props;
  const work = useWork();
  const self = user.id === me.value?.id;
  const setRole = (role: string) =>
    void work
      .run(() => hub().users.patch(user.id, { role }, { ifMatch: `"${user.version}"`, ...atOnce }))
      .then(reload);
  return (
    <tr>
      <th scope="row">
        <b>{user.id}</b> {self && <Badge>{t.you}</Badge>}
        <br />
        <span class="note">{user.name}</span>
      </th>
      <td>
        <select
          aria-label={t.roleOf(user.id)}
          value={user.role}
          onChange={(event) => setRole(event.currentTarget.value)}
        >
          {roles.map((role) => (
            <option key={role} value={role}>
              {role}
            </option>
          ))}
        </select>
        <Trouble text={work.trouble} />
      </td>
      <td>
        <Age time={user.created} />
      </td>
      <td class="row-tools">
        <button type="button" class="quiet small" onClick={() => act({ what: "password", user })}>
          {t.setPassword}
        </button>
        <button type="button" class="quiet small bad" onClick={() => act({ what: "delete", user })}>
          {t.remove}
        </button>
      </td>
    </tr>
  );
}

interface Act {
  what: "password" | "delete";
  user: User;
}

export function Users() {
  const { answer, trouble, reload } = useAnswer(
    () => collect<User>((cursor) => hub().users.list({ cursor, ...atOnce })),
    [epoch.value],
  );
  const [adding, setAdding] = useDraft("new-user open", false);
  const [act, setAct] = useState<Act | undefined>(undefined);
  const close = () => {
    setAct(undefined);
    setAdding(false);
    dropDrafts("new-user");
    reload();
  };
  return (
    <Card
      title={t.title}
      tools={
        <button type="button" onClick={() => setAdding(true)}>
          {t.add}
        </button>
      }
    >
      <Trouble text={trouble} />
      <Table label={t.title} head={[t.id, t.role, t.created]} tools>
        {(answer ?? []).map((user) => (
          <Row key={`${user.id} ${user.version}`} user={user} reload={reload} act={setAct} />
        ))}
      </Table>
      <ul class="role-list note">
        {roleOptions.map(([role, says]) => (
          <li key={role}>{says}</li>
        ))}
      </ul>
      {adding && <Add close={close} />}
      {act?.what === "password" && <SetPassword user={act.user} close={close} />}
      {act?.what === "delete" && (
        <Confirm
          title={`${t.remove}: ${act.user.id}`}
          text={t.removeText(act.user.id)}
          action={t.remove}
          run={() => hub().users.delete(act.user.id, atOnce)}
          onClose={close}
        />
      )}
    </Card>
  );
}
