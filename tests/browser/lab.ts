// What the tests share: the lesson's page in the learner's words, and a watch over what no page may do.
import { test as base, expect, type Locator, type Page } from "@playwright/test";

export { expect };

export const LESSON = "lesson/n-plus-one/";

/** The lesson's own code, and versions of it as a learner would type them. */
export const code = {
  broken: `from backend import app, db


@app.get("/orders")
async def list_orders(request):
    orders = await db.fetch_all("SELECT * FROM orders ORDER BY id")
    for order in orders:
        customer = await db.fetch_one(
            "SELECT name FROM customers WHERE id = :id", id=order.customer_id)
        order["customer"] = customer.name if customer else None
    return orders
`,
  join: `from backend import app, db


@app.get("/orders")
async def list_orders(request):
    sql = """
        SELECT o.*, c.name AS customer
        FROM orders o LEFT JOIN customers c ON c.id = o.customer_id
        ORDER BY o.id
    """
    return await db.fetch_all(sql)
`,
  inBatch: `from backend import app, db


@app.get("/orders")
async def list_orders(request):
    orders = await db.fetch_all("SELECT * FROM orders ORDER BY id")
    ids = sorted({o.customer_id for o in orders if o.customer_id is not None})
    names = {}
    if ids:
        for customer in await db.fetch_all("SELECT id, name FROM customers WHERE id IN (:ids)", ids=ids):
            names[customer.id] = customer.name
    for order in orders:
        order["customer"] = names.get(order.customer_id)
    return orders
`,
  /** A handler of which only the body matters; the body begins on line 6. */
  handler: (body: string, imports = "") => `from backend import app, db
${imports}

@app.get("/orders")
async def list_orders(request):
${body.replace(/^/gm, "    ")}
`,
};

/** The workbench of a lesson. */
export class Workbench {
  readonly run: Locator;
  readonly evidence: Locator;
  readonly task: Locator;
  readonly editor: Locator;

  constructor(readonly page: Page) {
    this.run = page.getByRole("group", { name: "Run", exact: true });
    this.evidence = page.getByRole("tabpanel", { name: "Evidence" });
    this.task = page.locator("#prose");
    this.editor = page.getByRole("textbox", { name: "server.py" });
  }

  async open() {
    await this.page.goto(LESSON);
    await expect(this.editor).toBeVisible();
  }

  /** Replaces the code by what a learner types. */
  async type(text: string) {
    await this.editor.fill(text);
    await expect.poll(() => this.text()).toBe(text.trimEnd());
  }

  /** The code in the editor, without the last line break. */
  async text() {
    return (await this.editor.locator(".cm-line").allTextContents()).join("\n").trimEnd();
  }

  sendTraffic = () => this.run.getByRole("button", { name: "Send production traffic" }).click();
  sendOne = () => this.run.getByRole("button", { name: "Run one request" }).click();
  prove = () => this.run.getByRole("button", { name: /^Prove it/ }).click();

  size = (name: string) => this.run.getByRole("radio", { name, exact: true });

  /** The sentence above the figures. */
  headline = (text: string | RegExp) => this.evidence.getByRole("heading", { name: text });

  step = (name: string | RegExp) => this.page.getByRole("navigation", { name: "Steps of this lesson" }).getByRole("button", { name });

  verdict = () => this.page.getByRole("region", { name: "Verdict" });

  /** Tries one of the lesson's versions; it is run and judged. */
  async tryVersion(name: string) {
    await this.step("Fix").click();
    const versions = this.task.getByText("Try another version");
    if (!(await this.task.getByRole("button", { name: `Try: ${name}` }).isVisible())) await versions.click();
    await this.task.getByRole("button", { name: `Try: ${name}` }).click();
  }
}

type Fixtures = {
  /** What a test provokes on the console. */
  tolerated: RegExp;
  bench: Workbench;
};

/** Every test also checks: no error, no breach of the page's policy, no request to anybody else. */
export const test = base.extend<Fixtures>({
  tolerated: [/(?!)/, { option: true }],
  page: async ({ page, baseURL, tolerated }, use) => {
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(baseURL!)) complaints.push(`asks ${request.url()}`);
    });
    await use(page);
    expect(complaints.filter((text) => !tolerated.test(text))).toEqual([]);
  },
  bench: async ({ page }, use) => {
    const bench = new Workbench(page);
    await bench.open();
    await use(bench);
  },
});
