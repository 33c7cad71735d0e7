//! The World: cluster, shell and faults; replay, views for the site.
