// What runs in the browser: Prisma Studio, over the queries that server.mjs answers.
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import { createStudioBFFClient } from "@prisma/studio-core/data/bff";
import { createPostgresAdapter } from "@prisma/studio-core/data/postgres-core";
import { createSQLiteAdapter } from "@prisma/studio-core/data/sqlite-core";
import { Studio } from "@prisma/studio-core/ui";
import "@prisma/studio-core/ui/index.css";

const root = document.getElementById("root");
const { backend, schema, tables } = root.dataset;
const executor = createStudioBFFClient({ url: new URL("query", document.baseURI) });
const adapter = backend === "sqlite" ? createSQLiteAdapter({ executor }) : createPostgresAdapter({ executor });

// The catalog names every table, and the reader may read its own views alone. A view has no keys: without them Studio takes all
// of its rows for one. So each is described as the table behind it, in the schema of the views.
const moved = (part) => {
    if (part === null || typeof part !== "object") return part;
    if (Array.isArray(part)) return part.map(moved);
    return Object.fromEntries(
        Object.entries(part).map(([key, value]) => {
            const place = (key === "schema" || key === "fkSchema") && value === tables;
            return [key, place ? schema : moved(value)];
        }),
    );
};
const shown = (found) => {
    const [views, behind] = [found.schemas[schema]?.tables, found.schemas[tables]?.tables];
    if (tables === undefined || !views || !behind) return found;
    const named = Object.keys(views).map((name) => [name, behind[name] ? moved(behind[name]) : views[name]]);
    return { ...found, schemas: { [schema]: { ...found.schemas[schema], tables: Object.fromEntries(named) } } };
};
const introspect = async (options) => {
    const [error, found] = await adapter.introspect(options);
    return error ? [error, found] : [error, shown(found)];
};
const here = backend === "sqlite" ? adapter : { ...adapter, defaultSchema: schema, introspect };

// Opens on the users, not on the first table by name.
if (!location.hash) {
    const schemaOf = backend === "sqlite" ? (adapter.defaultSchema ?? "main") : schema;
    location.hash = `schema=${encodeURIComponent(schemaOf)}&table=users&view=table`;
}
createRoot(root).render(createElement(Studio, { adapter: here }));
