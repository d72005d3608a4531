import { html, nothing, type TemplateResult } from 'lit';
import type { CharacterCards, CharactersState } from '../../src/protocol/charactersViewProtocol.ts';
import { characterText } from '../characterStrings.ts';
import { icons } from '../icons.ts';
import type { CharactersModel } from '../state/charactersModel.ts';
import { spinner } from './emptyStates.ts';
import { headPicture } from './headPicture.ts';

export interface BarOptions {
  readonly model: CharactersModel;
  readonly state: CharactersState;
  readonly list: CharacterCards;
  /** Begins to name the active card of the grid. */
  readonly edit: () => void;
  readonly show: (page: Parameters<CharactersModel['open']>[0]) => void;
}

/** What sticks to the top of the page: where one is, what can be done there, and to what is selected. */
export function charactersBar(options: BarOptions): TemplateResult {
  const { page } = options.state;
  return html`
    ${page.kind === 'all' ? overview(options) : heading(options)}
    ${options.model.selected.size > 0 ? selection(options) : nothing}
  `;
}

function overview({ model, state, show }: BarOptions): TemplateResult {
  const { counts, hidden } = state;
  return html`
    <div class="row">
      <input
        class="filter"
        type="search"
        aria-label=${characterText.filter()}
        placeholder=${characterText.filter()}
        .value=${state.filter}
        @input=${(event: Event) => model.setFilter((event.target as HTMLInputElement).value)}
      />
      ${undoButton(state, model)}
      ${
        model.session?.placement === 'sidebar'
          ? iconButton(characterText.openPanel(), icons.enlarge, () => model.tell('panel/open'))
          : nothing
      }
    </div>
    <div class="summary">
      <span role="status" id="count"
        >${characterText.summary(counts.characters, counts.named)}</span
      >
      ${state.grouping ? html`${spinner()}<span role="status">${characterText.grouping()}</span>` : nothing}
      ${
        counts.singles > 0
          ? link('singles', characterText.singles(counts.singles), () => show({ kind: 'singles' }))
          : nothing
      }
      ${
        hidden
          ? link('shown', characterText.notHidden(), () => model.setHidden(false))
          : counts.hidden > 0
            ? link('hidden', characterText.hidden(counts.hidden), () => model.setHidden(true))
            : nothing
      }
    </div>
  `;
}

function heading({ model, state, show }: BarOptions): TemplateResult {
  const { page } = state;
  return html`<div class="row">
      <button
        class="icon-button"
        id="back"
        title=${characterText.back()}
        aria-label=${characterText.back()}
        @click=${() => show({ kind: 'all' })}
      >
        ${icons.back}
      </button>
      ${page.kind === 'character' ? who(page.character) : html`<h2>${titleOf(state)}</h2>`}
      ${undoButton(state, model)}
    </div>
    ${page.kind === 'character' ? characterActions(page.character, model) : nothing}`;
}

type Who = Extract<CharactersState['page'], { kind: 'character' }>['character'];

function who(character: Who): TemplateResult {
  const details = [
    characterText.faces(character.faces),
    ...(character.confirmed > 0 ? [characterText.confirmedCount(character.confirmed)] : []),
    ...(character.aliases.length > 0 ? [characterText.aliases(character.aliases)] : []),
  ];
  return html`<div class="portrait" aria-hidden="true">${headPicture(character.head)}</div>
    <div class="who">
      <h2 class=${character.name === null ? 'unnamed' : ''}>
        ${character.name ?? characterText.unnamed()}
      </h2>
      <span class="muted" role="status">${details.join(' · ')}</span>
    </div>`;
}

function titleOf({ page, counts }: CharactersState): string {
  return page.kind === 'singles'
    ? characterText.singles(counts.singles)
    : characterText.proposalsTitle();
}

function characterActions(character: Who, model: CharactersModel): TemplateResult {
  const { id, hidden } = character;
  return html`<div class="tools">
    ${nameField({
      label: characterText.nameOf(character.name ?? characterText.unnamed()),
      value: character.name ?? '',
      model,
      take: (name) => void model.name(id, name),
    })}
    ${button('similar', characterText.findSimilar(), () => void model.ask('similar', { id }))}
    ${button(
      'hide',
      hidden ? characterText.show() : characterText.hide(),
      () => void model.ask('hide', { ids: [id], hidden: !hidden }),
    )}
  </div>`;
}

function selection({ model, state, edit }: BarOptions): TemplateResult {
  const ids = [...model.selected];
  const { page } = state;
  return html`<div class="tools selection" role="toolbar" aria-label=${characterText.selected(ids.length)}>
    <span role="status">${characterText.selected(ids.length)}</span>
    ${page.kind === 'all' ? ofCharacters(ids, model, state, edit) : ofFaces(ids, model, page)}
    ${iconButton(characterText.clearSelection(), icons.close, () => model.select([]))}
  </div>`;
}

function ofCharacters(
  ids: number[],
  model: CharactersModel,
  { hidden }: CharactersState,
  edit: () => void,
): TemplateResult {
  const run = async (work: Promise<unknown>) => {
    await work;
    model.select([]);
  };
  return html`
    ${ids.length > 1 ? button('merge', characterText.merge(), () => void run(model.ask('merge', { ids }))) : nothing}
    ${ids.length === 1 ? button('rename', characterText.rename(), edit) : nothing}
    ${button('hide', hidden ? characterText.show() : characterText.hide(), () => void run(model.ask('hide', { ids, hidden: !hidden })))}
  `;
}

function ofFaces(
  faceIds: number[],
  model: CharactersModel,
  page: CharactersState['page'],
): TemplateResult {
  const run = async (work: Promise<unknown>) => {
    await work;
    model.select([]);
  };
  const naming = nameField({
    label: characterText.nameFaces(),
    value: '',
    model,
    take: (name) => void run(model.ask('nameFaces', { faceIds, name })),
  });
  if (page.kind !== 'character') {
    return naming;
  }
  const { id, name } = page.character;
  const [faceId] = faceIds;
  return html`
    ${button('yes', characterText.isThis(name), () => void run(model.ask('judge', { id, faceIds, same: true })))}
    ${button('no', characterText.notThis(name), () => void run(model.ask('judge', { id, faceIds, same: false })))}
    ${button('split', characterText.split(), () => void run(model.ask('split', { id, faceIds })))}
    ${
      faceIds.length === 1 && faceId !== undefined
        ? button('cover', characterText.cover(), () => void run(model.ask('cover', { id, faceId })))
        : nothing
    }
    ${naming}
  `;
}

interface NameField {
  readonly label: string;
  readonly value: string;
  readonly model: CharactersModel;
  readonly take: (name: string) => void;
}

/** A field that takes a name at Enter, with completion of the known ones. */
function nameField({ label, value, model, take }: NameField): TemplateResult {
  return html`<input
      class="name-field"
      type="text"
      list="known-names"
      maxlength="200"
      autocomplete="off"
      aria-label=${label}
      placeholder=${characterText.rename()}
      .value=${value}
      @focus=${() => void model.readNames()}
      @keydown=${(event: KeyboardEvent) => {
        const field = event.target as HTMLInputElement;
        if (event.key === 'Enter' && field.value.trim() !== value) {
          take(field.value);
        } else if (event.key === 'Escape') {
          event.stopPropagation();
          field.value = value;
        }
      }}
    /><datalist id="known-names">
      ${model.names.map((name) => html`<option value=${name}></option>`)}
    </datalist>`;
}

function undoButton({ undo }: CharactersState, model: CharactersModel): TemplateResult {
  return iconButton(
    undo === null ? characterText.undo() : characterText.undoOf(undo),
    icons.undo,
    () => model.tell('undo'),
    undo === null,
  );
}

function iconButton(
  label: string,
  icon: TemplateResult,
  run: () => void,
  disabled = false,
): TemplateResult {
  return html`<button
    class="icon-button"
    title=${label}
    aria-label=${label}
    ?disabled=${disabled}
    @click=${run}
  >
    ${icon}
  </button>`;
}

function button(id: string, label: string, run: () => void): TemplateResult {
  return html`<button class="action" id=${id} @click=${run}>${label}</button>`;
}

function link(id: string, label: string, run: () => void): TemplateResult {
  return html`<button class="link" id=${id} @click=${run}>${label}</button>`;
}
