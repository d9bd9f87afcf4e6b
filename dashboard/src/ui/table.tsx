import type { ComponentChildren } from 'preact';
import type { List } from '../api/list.ts';
import { Button } from './button.tsx';
import { ProblemNote } from './problem-note.tsx';

export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Figures stand under each other. */
  readonly isNumber?: boolean;
  /** Sentences, which have room to be read. */
  readonly isProse?: boolean;
}

interface TableProps<Row> {
  /** What the table shows, for who can't see where it stands. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

/**
 * On a narrow screen each row is a block of its own, and each cell has its header beside it; where there is room for some columns
 * and not for all, the table scrolls, and not the page.
 */
export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    <div class="table-box">
      <table class="table">
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ header, isNumber }) => (
              <th key={header} scope="col" class={isNumber ? 'number' : undefined}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ header, cell, isNumber, isProse }) => (
                <td key={header} data-header={header} class={isNumber ? 'number' : isProse ? 'prose' : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface ListTableProps<Row> extends Omit<TableProps<Row>, 'rows'> {
  readonly list: List<Row>;
  /** Shown where there is nothing. */
  readonly empty: ComponentChildren;
}

/** A list of the API: while it loads, empty, failed, and with more to come. What is not asked for is nothing. */
export function ListTable<Row>({ list, empty, ...table }: ListTableProps<Row>) {
  const { items, problem, isLoading, hasMore, isLoadingMore, loadMore, tryAgain } = list;
  if (!items && !problem && !isLoading) return null;
  return (
    <section aria-busy={isLoading} aria-label={table.caption}>
      {problem && <ProblemNote problem={problem} onRetry={tryAgain} />}
      {!items && !problem && <Skeleton rows={5} />}
      {items?.length === 0 && empty}
      {items && items.length > 0 && <Table {...table} rows={items} />}
      {hasMore && (
        <p class="more">
          <Button onClick={loadMore} isBusy={isLoadingMore}>
            Show more
          </Button>
        </p>
      )}
    </section>
  );
}

/** As high as what it stands for, so that nothing jumps when that comes. */
export function Skeleton({ rows }: { readonly rows: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <div class="skeleton-row" key={row} />
      ))}
    </div>
  );
}
