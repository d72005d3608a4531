import { beforeEach, describe, expect, test } from 'vitest';
import { findEngine } from './harness/engineProcess.ts';
import { Fixture } from './harness/fixture.ts';

const fixture = new Fixture({ images: 12, characters: 2, trusted: false });

describe('a folder that is not trusted', () => {
  beforeEach(({ task }) => fixture.watch(task.name.replaceAll(/\W+/g, '-')));

  test('is not indexed by itself', async () => {
    const { workbench, server } = fixture;
    await workbench.page.getByText('Restricted Mode is intended').waitFor();
    await workbench.showContainer(/^Familiar Faces/);
    await workbench.sidebar.locator('#untrusted').waitFor();
    await workbench.statusWith('not indexed yet').waitFor();
    await workbench.picture('restricted-mode');
    await (await workbench.revealInExplorer(fixture.portrait(0).file)).click({ button: 'right' });
    await workbench.chooseFromMenu('Find Similar Characters');
    await workbench.sidebar.locator('#untrusted').waitFor();
    expect(await findEngine(server)).toBeUndefined();
  });

  test('is indexed as soon as it is trusted', async () => {
    const { workbench } = fixture;
    await workbench.sidebar.locator('#untrusted vscode-button').first().click();
    await workbench.page.locator('.workspace-trust-editor').waitFor();
    await workbench.page
      .getByRole('button', { name: /^Trust$/ })
      .first()
      .click();
    await workbench.indexed();
    await workbench.sidebar.locator('#empty').waitFor();
  });
});
